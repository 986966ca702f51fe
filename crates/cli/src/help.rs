//! Help in both languages: the English text stands with the arguments, the Chinese text here, under the same names.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::language::{Bilingual, Language};

/// What each subcommand does, by its path.
const COMMANDS: &[(&str, &str)] = &[
    (
        "neweid",
        "製作、讀取並查驗數位身分識別證 (New eID)，包括模擬卡",
    ),
    ("neweid issue", "將模擬卡個人化並寫入卡片檔"),
    ("neweid read", "讀取卡片並查驗所讀資料"),
    ("neweid verify", "查驗卡片，只顯示檢查結果，不顯示個人資料"),
    (
        "neweid ask",
        "機關：僅查問是或否，或以假名代碼辨識同一張卡片，不讀取任何資料",
    ),
    (
        "neweid update",
        "戶政事務所：以資料檔的內容更新使用中卡片的群組，免換證",
    ),
    (
        "neweid inventory",
        "列出您卡片中的每個檔案，以及您可讀取者（晶片資料清單）",
    ),
    ("neweid pin", "顯示剩餘次數、變更加密區密碼，或解除鎖定"),
    ("neweid pin status", "顯示剩餘次數；不需密碼，也不扣次數"),
    ("neweid pin change", "變更加密區密碼 (PIN1)"),
    ("neweid pin unblock", "以解鎖碼 (PUK) 解除加密區密碼的鎖定"),
    ("neweid agency", "機關終端機的金鑰、申請與憑證"),
    ("neweid agency request", "機關：產生終端機金鑰及憑證申請"),
    (
        "neweid agency grant",
        "主管機關：依所核定的權限，將申請簽發為憑證",
    ),
    (
        "neweid agency renew",
        "主管機關：將由現行金鑰簽署的申請換發為下一張憑證，權限相同或較少",
    ),
    (
        "neweid agency dv",
        "主管機關：簽發文件查驗機構 (DV) 或其下一把金鑰",
    ),
    (
        "neweid agency show",
        "以文字說明憑證、申請、憑證鏈與說明檔的內容",
    ),
    ("neweid card", "掛失名單"),
    ("neweid card report-lost", "掛失：將卡片列入名單，直到尋獲"),
    ("neweid card reinstate", "撤銷掛失：將尋獲的卡片移出名單"),
    ("neweid card void", "註銷：將卡片永久列入名單"),
    ("neweid card publish", "於名單到期前重新簽發"),
    (
        "neweid ca",
        "自然人憑證：為卡片的金鑰簽發憑證，並公布廢止清冊",
    ),
    (
        "neweid ca begin",
        "建立自然人憑證的憑證管理中心，或啟用其下一代金鑰（名稱不變）",
    ),
    (
        "neweid ca issue",
        "依資料檔中的人，為憑證申請的金鑰簽發憑證",
    ),
    ("neweid ca renew", "以新金鑰換發憑證，持有人與用途不變"),
    ("neweid ca revoke", "廢止個人或某一代的憑證，或停用個人憑證"),
    ("neweid ca release", "復用已停用的憑證"),
    (
        "neweid ca publish",
        "簽發總管理中心及各代的廢止清冊，連同憑證公布",
    ),
    ("neweid log", "操作紀錄"),
    (
        "neweid log verify",
        "查驗操作紀錄是否完整，並指出第一個有問題的行",
    ),
    (
        "neweid conformance",
        "對卡片執行官方符合性測試 (BSI TR-03105 第 3.2、3.3 部)",
    ),
    ("neweid demo", "在記憶體中製作樣本卡，開啟、讀取並查驗"),
    (
        "neweid sim",
        "將卡片檔放入 vsmartcard 的虛擬讀卡機 (vpcd)，直到中斷為止",
    ),
    ("neweid readers", "列出讀卡機及其中的卡片"),
    (
        "neweid doctor",
        "檢查本機使用讀卡機所需的項目，指出缺少什麼，並附上修正的指令",
    ),
    ("neweid completions", "輸出命令列自動補齊的設定"),
    ("neweid man", "輸出使用手冊 (man)"),
];

/// What each argument means, by its name.
const ARGUMENTS: &[(&str, &str)] = &[
    ("help", "顯示說明"),
    ("version", "顯示版本"),
    ("lang", "標示與訊息的語言：zh-TW 或 en；未指定時依地區設定"),
    (
        "json",
        "輸出一份 JSON 文件（見 docs/json-schema.md）而非文字",
    ),
    (
        "profile",
        "持卡人資料與選項的 TOML 檔（見 docs/profile.md）",
    ),
    ("specimen", "以名稱指定預備的樣本卡"),
    ("list_specimens", "列出預備的樣本卡及其用途"),
    ("card", "卡片檔；issue 未指定時為 specimen.card"),
    (
        "pki",
        "測試信任錨與憑證廢止清冊的輸出目錄；未指定時為 specimen-pki",
    ),
    ("force", "覆寫已存在的檔案"),
    (
        "mnemonic",
        "終端機在憑證中的名稱：最多九個 A 至 Z 或 0 至 9",
    ),
    ("sequence", "此名稱下的憑證序號；未指定時為 1"),
    ("agency_name", "機關名稱，供持卡人閱讀"),
    ("agency_url", "機關網址"),
    ("purpose", "資料的用途，供持卡人閱讀"),
    (
        "issuer_name",
        "簽發機關的名稱，供持卡人閱讀；未指定時為內政部",
    ),
    (
        "present",
        "以新金鑰申請此憑證的下一張；其私鑰與說明檔須在旁邊",
    ),
    (
        "agency_folder",
        "私鑰、申請與說明檔的輸出目錄；未指定時為目前目錄，換發時為憑證所在目錄",
    ),
    ("request_file", "申請檔"),
    (
        "cv_files",
        "憑證 (.cvcert)、憑證鏈 (.chain)、申請 (.cvreq) 或說明檔",
    ),
    (
        "rights",
        "其他權限，以逗號分隔：age 比對年齡、validity 查核證件有效（不需授權）、community 比對戶籍地區、pseudonym 假名代碼、\
         can-allowed 以存取碼代替密碼、pin-management 管理密碼、privileged 特權終端機、install-certificate 安裝憑證、\
         install-qualified-certificate 安裝合格憑證",
    ),
    ("update", "得於使用中的卡片更新的群組編號，以逗號分隔"),
    ("dv", "簽發的文件查驗機構；未指定時為 MOIDV"),
    ("dv_name", "文件查驗機構在憑證中的名稱；未指定時為 MOIDV"),
    ("next_key", "以相同權限簽發其下一把金鑰"),
    (
        "ministry",
        "主管機關的目錄（neweid issue 所建）；未指定時為 specimen-pki",
    ),
    ("issued_on", "簽發日；未指定時為今天"),
    (
        "days",
        "憑證有效的日數，含簽發日；未指定時終端機 31 日、文件查驗機構 90 日",
    ),
    ("until", "憑證有效的最後一日"),
    ("description", "憑證的說明檔；未指定時為申請檔旁的檔案"),
    (
        "certificate_folder",
        "憑證與憑證鏈的輸出目錄；未指定時為申請檔所在目錄",
    ),
    ("number_stdin", "自標準輸入讀取一行證件號碼"),
    ("next_days", "下一份名單最遲於幾日後簽發；未指定時為 7"),
    (
        "log_file",
        "操作紀錄；未指定時為 specimen-pki/issuer/operator.log",
    ),
    (
        "publish_at",
        "清冊與憑證公布處的 http 網址，用於新建的憑證管理中心；未指定時為 http://citizen-pki.invalid/",
    ),
    ("request", "憑證申請 (PKCS#10)，PEM 或 DER，由該金鑰簽署"),
    (
        "certificate_file",
        "憑證的輸出檔；未指定時為申請檔旁的「序號.pem」",
    ),
    (
        "key_slot",
        "金鑰用途：signature 簽章、authentication 身分鑑別、key-decipherment 加密",
    ),
    (
        "person",
        "持有人的資料檔 (docs/profile.md)：姓名取自此處，不取自申請",
    ),
    (
        "subject_number",
        "持有人於先前憑證中的十六字元識別碼；未指定時新配一組",
    ),
    ("serial", "憑證序號，十六進位"),
    (
        "reason",
        "原因：unspecified 未指明、key-compromise 金鑰外洩、ca-compromise 憑證機構金鑰外洩、affiliation-changed 身分異動、\
         superseded 已換發、cessation-of-operation 停止使用、privilege-withdrawn 撤銷資格、hold 停用至復用為止",
    ),
    ("head", "先前另行留存的雜湊值：紀錄中須仍有該行"),
    ("portrait_out", "將相片寫入此檔案"),
    (
        "trust",
        "國家簽署憑證（.cer、.crt、.der、.pem）與廢止清冊（.crl）的目錄，可重複指定",
    ),
    ("allow_test_anchors", "接受標示為測試用的憑證"),
    ("on", "查驗日期；未指定時為今天"),
    (
        "zone",
        "要讀取的分區，以逗號分隔：public 公開區、household 戶籍地區、protected 加密區、icao ICAO 區；未指定時為 public,household",
    ),
    ("groups", "eID 應用程式的資料群組編號，以逗號分隔"),
    (
        "agency",
        "以機關身分讀取：neweid agency 所建的目錄，或其中的 .chain 檔。持卡人於畫面上勾選，或以 --groups、--zone 指定同意提供的項目",
    ),
    (
        "terminal",
        "卡片前的機關：neweid agency 所建的目錄，或其中的 .chain 檔",
    ),
    ("age", "持卡人於查驗日是否已滿此年齡？"),
    ("born_by", "持卡人是否出生於此日（含）以前？"),
    ("valid_on", "卡片於此日是否有效？未指定日期時為查驗日"),
    (
        "lives_in",
        "持卡人的戶籍地區是否以此開頭？自左起的完整名稱，例如新北市板橋區",
    ),
    (
        "pseudonym",
        "取得持卡人在該機關領域的假名代碼（領域為憑證旁的 .sector 檔），並查驗是否已廢止",
    ),
    (
        "with_can",
        "以存取碼代替加密區密碼開啟卡片（機關須有此權限）",
    ),
    (
        "consent_log",
        "將何機關要求、提供了何項目附記於此檔案（僅檔案擁有者可讀），不含卡片資料",
    ),
    (
        "reader",
        "讀卡機名稱，或僅一台讀卡機才有的部分名稱；auto：唯一有卡片的讀卡機",
    ),
    (
        "only",
        "僅執行這些部、單元或案例：3.2 或 3.3；第 3.3 部如 H、H_1 或 EAC2_ISO7816_H_1；第 3.2 部如 LDS_L 或 ISO7816_II_1；可重複指定",
    ),
    (
        "ics",
        "卡片的符合性聲明，TOML 格式（見 docs/conformance.md）；未指定時為模擬卡的聲明",
    ),
    (
        "authorities",
        "卡片所信任三個憑證機構的金鑰與憑證所在目錄；未指定時為人人皆知者",
    ),
    (
        "write_authorities",
        "將人人皆知的憑證機構寫入此目錄，供製作受測卡片；不執行測試",
    ),
    (
        "spend",
        "允許案例消耗讀卡機中卡片的：tries 密碼次數；trust-points 密碼次數、日期與信任錨",
    ),
    ("yes", "執行會消耗卡片的案例前不詢問"),
    ("junit", "另將結果寫成 JUnit XML"),
    ("list", "列出案例及其對卡片的假設；不執行測試"),
    ("wait", "卡片尚未放上時，最多等待的秒數；Ctrl-C 可取消"),
    ("short_apdus", "不送長 APDU，適用於名不副實的讀卡機"),
    (
        "pcsc",
        "經由 PC/SC：將樣本卡放入虛擬讀卡機 (vpcd)，再由該處讀取",
    ),
    (
        "vpcd",
        "虛擬讀卡機等候卡片的位址；未指定時為 127.0.0.1:35963，其餘卡片依序使用後續的埠",
    ),
    ("contact", "以接觸式卡片放入；未指定時為感應式"),
    ("shell", "殼層"),
    ("out", "將手冊寫入此目錄，每個指令一個檔案"),
    ("trace", "寫出不含資料的記錄：指令、長度與狀態碼"),
    ("faults", "依此腳本製造故障（見 docs/faults.md），供測試用"),
    ("can_stdin", "自標準輸入讀取一行存取碼"),
    ("pin_stdin", "自標準輸入讀取一行加密區密碼 (PIN1)"),
    ("new_pin_stdin", "自標準輸入讀取一行新的加密區密碼"),
    ("puk_stdin", "自標準輸入讀取一行解鎖碼 (PUK)"),
    ("mrz_stdin", "自標準輸入讀取一行機器可讀區 (MRZ)"),
];

/// The placeholders of values.
const VALUES: &[(&str, &str)] = &[
    ("FILE", "檔案"),
    ("PATH", "路徑"),
    ("DIR", "目錄"),
    ("NAME", "名稱"),
    ("ZONE", "分區"),
    ("TEXT", "文字"),
    ("AREA", "地區"),
    ("YEARS", "歲數"),
    ("URL", "網址"),
    ("RIGHT", "權限"),
    ("UNIT", "單元"),
    ("WHAT", "項目"),
    ("HASH", "雜湊值"),
    ("NUMBER", "編號"),
    ("LANGUAGE", "語言"),
    ("YYYY-MM-DD", "YYYY-MM-DD"),
    ("SECONDS", "秒數"),
    ("HOST:PORT", "主機:埠"),
    ("SHELL", "殼層"),
    ("URI", "網址"),
    ("REQUEST", "申請檔"),
    ("SERIAL", "序號"),
    ("USE", "用途"),
    ("REASON", "原因"),
];

const CODES: Bilingual = Bilingual::new(
    "密碼絕不以參數傳入。依序取自：--can-stdin 等旗標（標準輸入每個一行，順序為存取碼、PIN1、PUK、MRZ、新 PIN1、證件號碼）、\n\
     環境變數 NEWEID_CAN、NEWEID_PIN、NEWEID_PUK、NEWEID_MRZ、NEWEID_NEW_PIN、NEWEID_CARD_NUMBER，最後為不顯示輸入的提示。",
    "Codes are never taken as arguments. They come from --can-stdin and its like (one line each from standard input, in the\n\
     order access code, PIN1, PUK, MRZ, new PIN1, card number), else from the environment (NEWEID_CAN, NEWEID_PIN, NEWEID_PUK,\n\
     NEWEID_MRZ, NEWEID_NEW_PIN, NEWEID_CARD_NUMBER), else from a prompt that shows nothing.",
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
