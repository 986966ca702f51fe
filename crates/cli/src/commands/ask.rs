//! `neweid ask`: a service asks the card yes or no, or knows it again by a pseudonym, and reads nothing.

use host_lib::{Consent, PasswordKind, Permission, Question};
use lds::Date;

use crate::Manner;
use crate::agency::sector::OwnSector;
use crate::agency::visit::{self, Visitor};
use crate::arguments::asking::{Ask, Questions, Terminal};
use crate::codes::{CodeName, CodeReader};
use crate::document::asking::{Answer, Asked};
use crate::document::{Outcome, PasswordName, Text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading;
use crate::session::{self, Opener};
use crate::trust::{self, Grounds};
use crate::walk::Stopwatch;

/// The longest name of an area, in bytes of UTF-8. The longest that Taiwan has takes a tenth of it.
const LONGEST_AREA: usize = 600;

pub(crate) fn run(arguments: &Ask, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let grounds = Grounds::read(&arguments.trust)?;
    let today = grounds.verifier().today().ok_or(Failure::Date)?;
    let questions = questions(&arguments.questions, today)?;
    let terminal = &arguments.terminal;
    let mut visitor = Visitor::open(&terminal.path)?;
    let pseudonym = arguments.questions.pseudonym;
    let asked = questions.iter().filter_map(Question::permission);
    let asked = asked.chain(pseudonym.then_some(Permission::Pseudonym));
    let request = visitor.request_exactly(asked, terminal.with_can)?;
    let sector = match pseudonym {
        true => Some(OwnSector::open(
            &terminal.path,
            &visitor,
            &arguments.trust,
            grounds.time,
        )?),
        false => None,
    };
    let request = questions
        .iter()
        .cloned()
        .fold(request, |all, question| all.ask(question));
    let consent = visit::consent(request, !visit::somebody_ticks(), manner.language)?;
    let log = arguments.consent_log.as_deref();
    visit::note(log, &consent, trust::now()?.unix_seconds())?;

    let mut codes = terminal_codes(terminal, manner);
    session::ask_ahead(
        &arguments.card,
        &[Opener::of_agency(&consent).code()],
        &mut codes,
    )?;
    let (mut card, place) = arguments.card.open(manner)?;
    let watch = Stopwatch::start(&codes);
    let session = session::as_terminal(&mut card, &mut codes, consent.clone())?;
    let mut session = session.authenticate(&mut visitor.key)?;
    let password = match session.opened_with() {
        PasswordKind::Can => PasswordName::Can,
        _ => PasswordName::Pin,
    };
    let mut proven = session.prove_chip(&grounds.verifier())?;
    let mut checks = reading::checks(proven.report());
    let sector = sector.filter(|_| consent.gives(Permission::Pseudonym));
    let mut pseudonym = None;
    if let Some(sector) = sector {
        // First, because a card that is lost is not asked anything else.
        let (identifier, check) = sector.identify(&mut proven)?;
        pseudonym = Some(identifier);
        checks.push(check);
    }
    let mut answers = Vec::new();
    for question in &questions {
        let answer = match is_given(&consent, question) {
            true => Some(proven.answer(question)?),
            false => None,
        };
        answers.push(told(question, answer));
    }
    drop(session);
    let asked = Asked {
        place,
        password,
        agency: visit::access(&consent),
        answers,
        pseudonym,
        checks,
        traffic: watch.traffic(&card, &codes),
    };
    Ok((Outcome::Asked(asked), Exit::Success))
}

/// The codes that open a card for an agency.
pub(crate) fn terminal_codes(terminal: &Terminal, manner: Manner) -> CodeReader {
    let flags = [
        (CodeName::Can, terminal.can_stdin),
        (CodeName::Pin, terminal.pin_stdin),
    ];
    CodeReader::new(manner.language, &flags)
}

fn is_given(consent: &Consent, question: &Question) -> bool {
    let permission = question.permission();
    permission.is_none_or(|permission| consent.gives(permission))
}

fn questions(asked: &Questions, today: Date) -> Result<Vec<Question>, Failure> {
    let mut questions = Vec::new();
    if let Some(years) = asked.age {
        let born_by = years_before(today, years).ok_or(Failure::Date)?;
        questions.push(Question::BornBy(born_by));
    }
    if let Some(born_by) = &asked.born_by {
        questions.push(Question::BornBy(day("--born-by", born_by)?));
    }
    if let Some(valid_on) = &asked.valid_on {
        let valid_on = valid_on.as_deref();
        let valid_on = valid_on.map_or(Ok(today), |valid_on| day("--valid-on", valid_on))?;
        questions.push(Question::ValidOn(valid_on));
    }
    if let Some(area) = &asked.lives_in {
        if area.len() > LONGEST_AREA {
            return Err(Failure::Usage {
                zh: format!("--lives-in 過長：UTF-8 最多 {LONGEST_AREA} 位元組。"),
                en: format!("--lives-in is too long: {LONGEST_AREA} bytes of UTF-8 at most."),
            });
        }
        questions.push(Question::LivesIn(area.clone()));
    }
    Ok(questions)
}

fn day(argument: &str, text: &str) -> Result<Date, Failure> {
    let day = trust::calendar_day(text).ok();
    let day = day.and_then(|(year, month, day)| Date::new(year, month, day).ok());
    day.ok_or_else(|| Failure::Usage {
        zh: format!("{argument} 的「{text}」不是日期：請以 2026-11-24 的格式輸入。"),
        en: format!("{argument}: '{text}' is no day; write it as in 2026-11-24."),
    })
}

/// The last day on which one can be born to be so old on this day. Who was born on 29 February comes of age on 1 March of a common
/// year; on 29 February it is who was born until the end of that February.
fn years_before(day: Date, years: u16) -> Option<Date> {
    let year = day.year().checked_sub(years)?;
    let same = Date::new(year, day.month(), day.day());
    same.or_else(|_| Date::new(year, day.month(), 28)).ok()
}

fn told(question: &Question, answer: Option<bool>) -> Answer {
    let (name, value) = visit::named(question);
    let (zh, en) = match question {
        Question::BornBy(day) => (
            format!("出生於 {day}（含）以前"),
            format!("born on {day} or before"),
        ),
        Question::ValidOn(day) => (format!("卡片於 {day} 有效"), format!("card valid on {day}")),
        Question::LivesIn(area) => (format!("設籍於{area}"), format!("lives in {area}")),
        _ => (value.clone(), value.clone()),
    };
    Answer {
        name,
        value,
        label: Text { zh, en },
        answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_reached_on_the_birthday_and_after_29_february_on_1_march() {
        let date = |(year, month, day)| Date::new(year, month, day).unwrap();
        for (day, years, born_by) in [
            ((2026, 11, 25), 18, (2008, 11, 25)),
            ((2026, 2, 28), 18, (2008, 2, 28)),
            ((2026, 3, 1), 18, (2008, 3, 1)),
            ((2028, 2, 29), 20, (2008, 2, 29)),
            ((2028, 2, 29), 18, (2010, 2, 28)),
            ((2028, 2, 28), 18, (2010, 2, 28)),
            ((2028, 3, 1), 18, (2010, 3, 1)),
        ] {
            assert_eq!(
                years_before(date(day), years),
                Some(date(born_by)),
                "{day:?}"
            );
        }
        assert_eq!(years_before(date((1970, 1, 1)), 2000), None);
    }
}
