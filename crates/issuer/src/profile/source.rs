//! A TOML file whose every value remembers where it stood, so that every problem names its line.
//!
//! Fields are asked for by name; what nobody asked for is a problem too. Nothing stops at the first
//! problem: a field that is wrong becomes `None`, and reading goes on.

use std::cell::RefCell;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, ProfileError, Reason, ValueType};

/// A parsed file.
pub(super) type Tree<'t> = Spanned<DeTable<'t>>;

/// Collects problems and knows where each field stands.
pub(super) struct Problems<'t> {
    text: &'t str,
    /// Byte offset of the fields seen so far, by dotted path.
    places: RefCell<BTreeMap<String, usize>>,
    found: RefCell<Vec<Problem>>,
}

impl<'t> Problems<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            places: RefCell::default(),
            found: RefCell::default(),
        }
    }

    /// Parses the file. Syntax errors are all reported, and then nothing else, because what the
    /// parser salvaged from a broken file would only produce follow-up errors.
    pub(super) fn parse(&self) -> Option<Tree<'t>> {
        let (tree, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let offset = error.span().map_or(0, |span| span.start);
            self.report_at(offset, "", Reason::Syntax(error.message().to_owned()));
        }
        errors.is_empty().then_some(tree)
    }

    /// Reports a problem of a field; one that is not in the file is reported where its table
    /// begins.
    pub(super) fn report(&self, field: &str, reason: Reason) {
        let mut path = field;
        let offset = loop {
            if let Some(offset) = self.places.borrow().get(path) {
                break *offset;
            }
            match path.rfind(['.', '[']).and_then(|end| path.get(..end)) {
                Some(parent) => path = parent,
                None => break 0,
            }
        };
        self.report_at(offset, field, reason);
    }

    fn report_at(&self, offset: usize, field: &str, reason: Reason) {
        let (line, column) = self.position(offset);
        let problem = Problem {
            field: field.to_owned(),
            line,
            column,
            reason,
        };
        self.found.borrow_mut().push(problem);
    }

    /// Line and column, both from 1, the column in characters.
    fn position(&self, offset: usize) -> (usize, usize) {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let (before, _) = self.text.split_at(end);
        let line = before.split('\n').count();
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }

    /// The error, if anything was reported.
    pub(super) fn into_error(self) -> Option<ProfileError> {
        let found = self.found.into_inner();
        (!found.is_empty()).then(|| ProfileError::new(found))
    }
}

/// One table of the file.
///
/// A table that is not there behaves as an empty one, so that each of its required fields is
/// reported by name.
pub(super) struct Section<'d> {
    problems: &'d Problems<'d>,
    path: String,
    table: Option<&'d DeTable<'d>>,
    known: Vec<&'static str>,
}

impl<'d> Section<'d> {
    pub(super) fn root(tree: &'d Tree<'d>, problems: &'d Problems<'d>) -> Self {
        Self {
            problems,
            path: String::new(),
            table: Some(tree.get_ref()),
            known: Vec::new(),
        }
    }

    /// Whether the file has this table at all.
    pub(super) fn is_present(&self) -> bool {
        self.table.is_some()
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// A field, read as `take` understands it.
    fn field<T>(
        &mut self,
        key: &'static str,
        expected: ValueType,
        take: impl FnOnce(&'d DeValue<'d>) -> Option<T>,
    ) -> Field<'d, T> {
        self.known.push(key);
        let field = Field {
            problems: self.problems,
            path: self.path_of(key),
            state: State::Absent,
        };
        let entry = self
            .table
            .and_then(|table| table.iter().find(|(name, _)| name.get_ref() == key));
        let Some((name, value)) = entry else {
            return field;
        };
        // A table is pointed at by its header, a value by itself.
        let is_table = matches!(value.get_ref(), DeValue::Table(_));
        let offset = if is_table {
            name.span().start
        } else {
            value.span().start
        };
        self.problems
            .places
            .borrow_mut()
            .insert(field.path.clone(), offset);
        match take(value.get_ref()) {
            Some(value) => Field {
                state: State::Value(value),
                ..field
            },
            None => field.refuse(Reason::WrongType { expected }),
        }
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str) -> Field<'d, &'d str> {
        self.field(key, ValueType::Text, |value| match value {
            DeValue::String(text) => Some(text.as_ref()),
            _ => None,
        })
    }

    /// A date: TOML's own local date, or a text for dates that TOML cannot write.
    pub(super) fn date(&mut self, key: &'static str) -> Field<'d, String> {
        self.field(key, ValueType::Date, |value| match value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Datetime(date) if date.time.is_none() => Some(date.to_string()),
            _ => None,
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str) -> Field<'d, bool> {
        self.field(key, ValueType::Boolean, |value| match value {
            DeValue::Boolean(value) => Some(*value),
            _ => None,
        })
    }

    /// A table inside this one.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'d> {
        let field = self.field(key, ValueType::Table, |value| match value {
            DeValue::Table(table) => Some(table),
            _ => None,
        });
        let path = field.path.clone();
        Section {
            problems: self.problems,
            path,
            table: field.optional().flatten(),
            known: Vec::new(),
        }
    }

    /// A list of tables; empty if it is not there.
    pub(super) fn sections(&mut self, key: &'static str) -> Vec<Section<'d>> {
        let field = self.field(key, ValueType::List, |value| match value {
            DeValue::Array(items) => Some(items),
            _ => None,
        });
        let path = field.path.clone();
        let mut sections = Vec::new();
        for (index, item) in field.optional().flatten().into_iter().flatten().enumerate() {
            let path = format!("{path}[{index}]");
            self.problems
                .places
                .borrow_mut()
                .insert(path.clone(), item.span().start);
            match item.get_ref() {
                DeValue::Table(table) => sections.push(Section {
                    problems: self.problems,
                    path,
                    table: Some(table),
                    known: Vec::new(),
                }),
                _ => self.problems.report(
                    &path,
                    Reason::WrongType {
                        expected: ValueType::Table,
                    },
                ),
            }
        }
        sections
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self) {
        for (name, _) in self.table.into_iter().flatten() {
            let key: &str = name.get_ref();
            if !self.known.contains(&key) {
                let reason = Reason::UnknownKey {
                    nearest: nearest(key, &self.known),
                };
                self.problems
                    .report_at(name.span().start, &self.path_of(key), reason);
            }
        }
    }
}

/// A field of a table: there, not there, or already reported.
pub(super) struct Field<'d, T> {
    problems: &'d Problems<'d>,
    path: String,
    state: State<T>,
}

enum State<T> {
    Value(T),
    Absent,
    Refused,
}

impl<'d, T> Field<'d, T> {
    fn refuse<U>(self, reason: Reason) -> Field<'d, U> {
        self.problems.report(&self.path, reason);
        Field {
            problems: self.problems,
            path: self.path,
            state: State::Refused,
        }
    }

    /// The value understood, or the reason reported.
    pub(super) fn parse<U>(mut self, parse: impl FnOnce(T) -> Result<U, Reason>) -> Field<'d, U> {
        let state = match core::mem::replace(&mut self.state, State::Refused) {
            State::Value(value) => match parse(value) {
                Ok(value) => State::Value(value),
                Err(reason) => return self.refuse(reason),
            },
            State::Absent => State::Absent,
            State::Refused => State::Refused,
        };
        Field {
            problems: self.problems,
            path: self.path,
            state,
        }
    }

    /// The value, which must be there.
    pub(super) fn required(self) -> Option<T> {
        match self.state {
            State::Value(value) => Some(value),
            State::Absent => {
                self.problems.report(&self.path, Reason::Missing);
                None
            }
            State::Refused => None,
        }
    }

    /// The value or its default; `None` only after a report.
    pub(super) fn or(self, default: T) -> Option<T> {
        self.optional().map(|value| value.unwrap_or(default))
    }

    /// The value or what `default` makes; `None` only after a report.
    pub(super) fn or_else(self, default: impl FnOnce() -> Result<T, Reason>) -> Option<T> {
        match self.state {
            State::Absent => {
                let (problems, path) = (self.problems, self.path);
                let field = Field {
                    problems,
                    path,
                    state: State::Value(()),
                };
                field.parse(|()| default()).required()
            }
            _ => self.required(),
        }
    }

    /// The value if it is there; `None` on the outside only after a report.
    pub(super) fn optional(self) -> Option<Option<T>> {
        match self.state {
            State::Value(value) => Some(Some(value)),
            State::Absent => Some(None),
            State::Refused => None,
        }
    }
}

/// The known key that is at most two edits away.
fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let distance = |candidate: &&&'static str| edit_distance(key, candidate);
    known
        .iter()
        .min_by_key(distance)
        .filter(|best| edit_distance(key, best) <= 2)
        .copied()
}

/// Levenshtein distance; keys are short, unknown ones longer than 64 characters match nothing.
fn edit_distance(left: &str, right: &str) -> usize {
    if left.chars().count() > 64 {
        return usize::MAX;
    }
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((&r, &diagonal), &above) in right.iter().zip(&row).zip(row.iter().skip(1)) {
            let before = next.last().copied().unwrap_or(usize::MAX);
            let substituted = diagonal + usize::from(l != r);
            next.push(substituted.min(above + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_told_its_neighbour() {
        assert_eq!(nearest("nmae", &["name", "sex"]), Some("name"));
        assert_eq!(nearest("colour", &["name", "sex"]), None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }

    #[test]
    fn a_column_counts_characters_not_bytes() {
        let problems = Problems::new("a = 1\n姓名 = 2");
        problems.report_at("a = 1\n姓名 ".len(), "x", Reason::Missing);
        let error = problems.into_error().unwrap();
        assert_eq!(
            (error.problems()[0].line, error.problems()[0].column),
            (2, 4)
        );
    }
}
