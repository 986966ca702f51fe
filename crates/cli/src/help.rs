//! Help in both languages: the English text stands with the arguments, the Chinese text in a table, under the same names.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};

mod chinese;

use chinese::{ARGUMENTS, COMMANDS, VALUES};

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::language::{Bilingual, Language};

const CODES: Bilingual = Bilingual::new(
    "密碼絕不以參數傳入。依序取自：--can-stdin 等旗標（標準輸入每個一行，順序為存取碼、PIN1、PUK、MRZ、新 PIN1、證件號碼、PIN2、新 PIN2）、\n\
     環境變數 NEWEID_CAN、NEWEID_PIN、NEWEID_PUK、NEWEID_MRZ、NEWEID_NEW_PIN、NEWEID_CARD_NUMBER、NEWEID_PIN2、NEWEID_NEW_PIN2，最後為不顯示輸入的提示。",
    "Codes are never taken as arguments. They come from --can-stdin and its like (one line each from standard input, in the\n\
     order access code, PIN1, PUK, MRZ, new PIN1, card number, PIN2, new PIN2), else from the environment (NEWEID_CAN, NEWEID_PIN, NEWEID_PUK,\n\
     NEWEID_MRZ, NEWEID_NEW_PIN, NEWEID_CARD_NUMBER, NEWEID_PIN2, NEWEID_NEW_PIN2), else from a prompt that shows nothing.",
);

/// What stands under the help of `sim`, and in its man page.
const EVERY_INTERFACE: Bilingual = Bilingual::new(
    "注意：vpcd 的驅動程式在本機的所有網路介面上等候連線，能連到該埠的人都可以放入卡片。\n\
     neweid doctor 會說明如何限制在本機。以 Ctrl-C 或 SIGTERM 結束：卡片斷電、檔案關閉，結束碼 0。",
    "Mind: the vpcd driver listens on ALL interfaces of the machine, and whoever reaches its port can put a card into the\n\
     reader. neweid doctor says how to keep it local. Ctrl-C or SIGTERM ends it: the cards are switched off, their files\n\
     closed, exit code 0.",
);

/// The command line with its help in one language.
pub(crate) fn command(language: Language) -> Command {
    let command = match language {
        Language::En => Arguments::command(),
        Language::ZhTw => in_chinese(Arguments::command(), ""),
    };
    command
        .after_help(closing(language))
        .mut_subcommands(|inner| with_closing_words(inner, language))
}

/// Says where codes come from, under every subcommand that takes one, and who can reach what `sim` needs.
fn with_closing_words(command: Command, language: Language) -> Command {
    let takes_codes = command
        .get_arguments()
        .any(|argument| argument.get_id().as_str().ends_with("_stdin"));
    let command = if command.get_name() == "sim" {
        command.after_help(EVERY_INTERFACE.say(language))
    } else if takes_codes {
        command.after_help(CODES.say(language))
    } else {
        command
    };
    command.mut_subcommands(|inner| with_closing_words(inner, language))
}

/// Reads the command line; `Err` is help, the version or a usage error.
pub(crate) fn parse(language: Language) -> Result<Arguments, clap::Error> {
    Arguments::from_arg_matches(&command(language).try_get_matches()?)
}

/// `--lang` and `--json`, from a command line that may be wrong otherwise.
pub(crate) fn peek() -> (Option<Language>, bool) {
    let lenient = Arguments::command()
        .ignore_errors(true)
        .disable_help_flag(true)
        .disable_version_flag(true);
    // Flags that this command does not know would end its parse, and a --lang behind them go unread.
    let arguments = std::env::args_os().filter(|argument| {
        !["-h", "--help", "-V", "--version"]
            .iter()
            .any(|flag| argument == flag)
    });
    let Ok(matches) = lenient.try_get_matches_from(arguments) else {
        return (None, false);
    };
    let mut language = None;
    // Whatever stands behind a wrong value is not parsed any more.
    let mut json = std::env::args_os().any(|argument| argument == "--json");
    let mut level = Some(&matches);
    while let Some(matches) = level {
        if let Ok(Some(found)) = matches.try_get_one::<Language>("lang") {
            language = Some(*found);
        }
        json |= matches
            .try_get_one::<bool>("json")
            .ok()
            .flatten()
            .copied()
            .unwrap_or_default();
        level = matches.subcommand().map(|(_, inner)| inner);
    }
    (language, json)
}

fn in_chinese(command: Command, parent: &str) -> Command {
    let path = format!("{parent} {}", command.get_name()).trim().to_owned();
    let command = command
        .about(look_up(COMMANDS, &path))
        .help_template("{about}\n\n用法：{usage}\n\n{all-args}{after-help}")
        .subcommand_value_name("指令")
        .subcommand_help_heading("指令")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help),
        )
        .mut_args(|argument| {
            let help: StyledStr = look_up(ARGUMENTS, argument.get_id().as_str()).into();
            let values: Option<Vec<&str>> = argument.get_value_names().map(|names| {
                names
                    .iter()
                    .map(|name| look_up(VALUES, name.as_str()))
                    .collect()
            });
            let argument = argument.help(help).help_heading("選項");
            match values {
                Some(values) if argument.get_action().takes_values() => argument
                    .value_names(values)
                    .hide_default_value(true)
                    .hide_possible_values(true),
                _ => argument,
            }
        });
    let command = if parent.is_empty() {
        let version = Arg::new("version")
            .short('V')
            .long("version")
            .action(ArgAction::Version);
        command.arg(
            version
                .help(look_up(ARGUMENTS, "version"))
                .help_heading("選項"),
        )
    } else {
        command
    };
    command.mut_subcommands(|inner| in_chinese(inner, &path))
}

fn look_up(table: &'static [(&str, &'static str)], name: &str) -> &'static str {
    table
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, text)| text)
}

fn closing(language: Language) -> String {
    let heading = Bilingual::new("結束碼", "Exit codes").say(language);
    let mut text = format!("{}\n\n{heading}:\n", CODES.say(language));
    for exit in Exit::ALL {
        text.push_str(&format!(
            "{:>5}  {}\n",
            exit.code(),
            exit.meaning().say(language)
        ));
    }
    text
}

/// Is this the answer to `--help` or `--version`, and no error?
pub(crate) fn is_help(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    )
}

/// What is wrong with the command line, in one line of English or Chinese.
pub(crate) fn describe(error: &clap::Error, language: Language) -> String {
    match language {
        Language::En => in_english(error),
        Language::ZhTw => describe_in_chinese(error),
    }
}

fn in_english(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let first = rendered.split("\n\n").next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "a subcommand is missing".to_owned(),
        _ => first.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

fn describe_in_chinese(error: &clap::Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument => format!("不認得的參數 {argument}"),
        ErrorKind::MissingRequiredArgument => format!("缺少必要的參數 {argument}"),
        ErrorKind::ArgumentConflict => {
            format!(
                "參數 {argument} 不可與 {} 併用",
                context(ContextKind::PriorArg)
            )
        }
        ErrorKind::InvalidSubcommand => {
            format!("不認得的指令 {}", context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "缺少指令".to_owned()
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let known = context(ContextKind::ValidValue);
            let value = context(ContextKind::InvalidValue);
            match (value.is_empty(), known.is_empty()) {
                (true, _) => format!("參數 {argument} 缺少值"),
                (false, true) => format!("參數 {argument} 的值「{value}」不正確"),
                (false, false) => format!("參數 {argument} 的值「{value}」不正確，可用：{known}"),
            }
        }
        _ => format!("指令格式不正確 {argument}").trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_command(command: &Command, parent: &str, visit: &mut dyn FnMut(&str, &Command)) {
        let path = format!("{parent} {}", command.get_name()).trim().to_owned();
        visit(&path, command);
        for inner in command.get_subcommands() {
            every_command(inner, &path, visit);
        }
    }

    #[test]
    fn clap_finds_no_fault_in_either_language() {
        command(Language::En).debug_assert();
        command(Language::ZhTw).debug_assert();
    }

    #[test]
    fn every_subcommand_argument_and_value_has_a_chinese_text() {
        every_command(&Arguments::command(), "", &mut |path, command| {
            assert_ne!(look_up(COMMANDS, path), "", "{path}");
            for argument in command.get_arguments() {
                assert_ne!(
                    look_up(ARGUMENTS, argument.get_id().as_str()),
                    "",
                    "{path} {argument}"
                );
                for value in argument.get_value_names().unwrap_or_default() {
                    if argument.get_action().takes_values() {
                        assert_ne!(look_up(VALUES, value), "", "{path} {value}");
                    }
                }
            }
        });
    }

    #[test]
    fn the_chinese_table_has_no_entry_without_an_argument() {
        let mut names = vec!["help".to_owned(), "version".to_owned()];
        let mut paths = Vec::new();
        every_command(&Arguments::command(), "", &mut |path, command| {
            paths.push(path.to_owned());
            names.extend(
                command
                    .get_arguments()
                    .map(|argument| argument.get_id().to_string()),
            );
        });
        for (name, _) in ARGUMENTS {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
        for (path, _) in COMMANDS {
            assert!(paths.iter().any(|known| known == path), "{path}");
        }
    }

    #[test]
    fn no_argument_takes_a_code() {
        every_command(&Arguments::command(), "", &mut |path, command| {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                let about_a_code = ["can", "pin", "puk", "mrz"]
                    .iter()
                    .any(|code| name.split('_').any(|part| part == *code));
                assert!(
                    !about_a_code || !argument.get_action().takes_values(),
                    "{path} --{name}"
                );
            }
        });
    }
}
