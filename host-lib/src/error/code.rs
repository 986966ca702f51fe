//! The stable codes: one row a code, in English and 正體中文.
//!
//! The table is written once. [`ErrorCode`], its text form, the messages, the advice and
//! `docs/errors.md` all come from it, so none of them can drift from the others.

use core::fmt;

/// The language of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// 正體中文 (Traditional Chinese as written in Taiwan).
    ZhTw,
}

/// Whose turn it is after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Turn {
    /// Whoever holds the card: place it on the reader again, or wait.
    Reader,
    /// The holder: a code was wrong, or is locked.
    Holder,
    /// The agency: this document, or this field of it, must not be accepted as it is.
    Agency,
    /// Whoever looks after the installation: certificates, revocation lists, authorisations.
    Operator,
    /// The programmer who calls this library.
    Developer,
}

impl Turn {
    /// The name of the one whose turn it is.
    pub fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Reader, Lang::En) => "card and reader",
            (Self::Reader, Lang::ZhTw) => "卡片與讀卡機",
            (Self::Holder, Lang::En) => "holder",
            (Self::Holder, Lang::ZhTw) => "持卡人",
            (Self::Agency, Lang::En) => "agency",
            (Self::Agency, Lang::ZhTw) => "受理機關",
            (Self::Operator, Lang::En) => "operator",
            (Self::Operator, Lang::ZhTw) => "系統管理者",
            (Self::Developer, Lang::En) => "developer",
            (Self::Developer, Lang::ZhTw) => "程式開發者",
        }
    }
}

/// What one code says in one language.
struct Text {
    message: &'static str,
    advice: &'static str,
}

/// One row of the table.
struct Entry {
    id: &'static str,
    turn: Turn,
    en: Text,
    zh: Text,
}

/// Turns the table below into the enumeration and its look-up, so that a code without a
/// text does not compile.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $turn:ident,
        [$en:literal, $en_advice:literal], [$zh:literal, $zh_advice:literal];)+) => {
        /// A stable name for one thing that can go wrong.
        ///
        /// [`as_str`](ErrorCode::as_str) never changes between releases: programs may
        /// store it, compare it and search for it. The whole table is in `docs/errors.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)+
        }

        impl ErrorCode {
            /// Every code, in the order of `docs/errors.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            const fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$name => &Entry {
                        id: $id,
                        turn: Turn::$turn,
                        en: Text { message: $en, advice: $en_advice },
                        zh: Text { message: $zh, advice: $zh_advice },
                    },)+
                }
            }
        }
    };
}

codes! {
    /// The card left the reader.
    CardRemoved = "E-CARD-REMOVED", Reader,
        ["The card left the reader.", "Place the card on the reader again and start over."],
        ["卡片已離開讀卡機。", "請重新放置卡片，再從頭操作。"];
    /// The card was reset by someone else; the session is gone.
    CardReset = "E-CARD-RESET", Reader,
        ["The card was reset, by another program or by a loss of power; the session is gone.", "Open the card again."],
        ["卡片已被其他程式或斷電重置，連線已中斷。", "請重新開啟卡片。"];
    /// The reader or the card did not answer in time.
    Timeout = "E-READER-TIMEOUT", Reader,
        ["The card did not answer in time.", "Leave the card still on the reader and try again."],
        ["卡片未在時限內回應。", "請將卡片平放於讀卡機上勿移動，再試一次。"];
    /// The reader failed in another way.
    ReaderFailed = "E-READER-FAILED", Reader,
        ["The reader could not pass on a command.", "Check the reader and its cable, then try again."],
        ["讀卡機無法傳送指令。", "請檢查讀卡機及連接線後再試一次。"];
    /// The reader is not there.
    ReaderUnavailable = "E-READER-GONE", Reader,
        ["The reader is not there.", "Plug the reader in, then open the card again; neweid readers lists those that are there."],
        ["找不到讀卡機。", "請接上讀卡機後重新開啟卡片；neweid readers 可列出現有讀卡機。"];
    /// Another program has the card to itself.
    CardInUse = "E-CARD-IN-USE", Reader,
        ["Another program is using the card.", "Wait until it has finished, or close it, then try again."],
        ["另一個程式正在使用卡片。", "請等待該程式結束或將其關閉，再試一次。"];
    /// The smart-card service is not running, or ended meanwhile.
    ServiceUnavailable = "E-PCSC-SERVICE", Operator,
        ["The smart-card service (PC/SC) is not running.", "Start it (on Linux: pcscd), then open the card again; neweid doctor says how."],
        ["智慧卡服務 (PC/SC) 未執行。", "請啟動該服務（Linux 為 pcscd）後重新開啟卡片；neweid doctor 會說明作法。"];
    /// The smart-card service refuses this user.
    NotPermitted = "E-PCSC-NOT-PERMITTED", Operator,
        ["The smart-card service refuses this user.", "Let the system's policy (polkit on Linux) admit the user; neweid doctor says how. Do not run the program as root."],
        ["智慧卡服務拒絕此使用者。", "請於系統原則（Linux 為 polkit）允許該使用者；neweid doctor 會說明作法。請勿以 root 執行本程式。"];
    /// A command or an answer is longer than the reader can carry.
    ReaderTooLong = "E-READER-TOO-LONG", Reader,
        ["A command or an answer is longer than this reader can carry.", "Use another reader."],
        ["指令或回應的長度超過此讀卡機的上限。", "請改用其他讀卡機。"];
    /// The caller cancelled.
    Cancelled = "E-CANCELLED", Reader,
        ["The operation was cancelled.", "Start again when ready."],
        ["操作已取消。", "準備好後請重新操作。"];

    /// No EF.CardAccess: the card cannot do PACE.
    CardWithoutPace = "E-CARD-NO-PACE", Agency,
        ["The card offers no PACE (EF.CardAccess is missing or unreadable); cards with Basic Access Control only are not supported.", "Use a card that supports PACE."],
        ["此卡片不支援 PACE（找不到或無法讀取 EF.CardAccess）；僅支援 BAC 的卡片不在支援範圍。", "請使用支援 PACE 的卡片。"];
    /// None of the offered suites is known and strong enough.
    NoCommonSuite = "E-PACE-NO-SUITE", Agency,
        ["The card offers no PACE suite that this library accepts (AES with P-256, P-384 or brainpoolP256r1).", "Read the card with other equipment."],
        ["卡片提供的 PACE 演算法均不為本程式庫所接受（AES 搭配 P-256、P-384 或 brainpoolP256r1）。", "請改用其他設備讀取此卡片。"];
    /// No eID application.
    NoEidApplication = "E-CARD-NO-EID", Agency,
        ["The card has no eID application.", "Read the ICAO application instead, or use another card."],
        ["卡片上沒有 eID 應用程式。", "請改讀 ICAO 應用程式，或改用其他卡片。"];
    /// No ICAO application.
    NoIcaoApplication = "E-CARD-NO-ICAO", Agency,
        ["The card has no ICAO application.", "Read the eID application instead, or use another card."],
        ["卡片上沒有 ICAO 應用程式。", "請改讀 eID 應用程式，或改用其他卡片。"];
    /// A group that was asked for is not on the card.
    GroupMissing = "E-GROUP-MISSING", Agency,
        ["A data group that was asked for is not on the card.", "Ask for it no more, or obtain the field in another way."],
        ["卡片上沒有所要求的資料群組。", "請勿要求該群組，或以其他方式取得該欄位。"];
    /// The card refused access.
    AccessDenied = "E-ACCESS-DENIED", Holder,
        ["The card refused access to a file.", "Open the card with the code that the file needs: access code for the public and household zone, PIN1 for the protected zone, MRZ for the ICAO zone."],
        ["卡片拒絕存取檔案。", "請以該檔案所需的密碼開啟卡片：公開區與戶籍地區用存取碼，加密區用加密區密碼，ICAO 區用機器可讀區 (MRZ)。"];
    /// A protected group without an agency.
    AgencyNeeded = "E-ACCESS-NEEDS-AGENCY", Agency,
        ["The card opens the protected zone to PIN1 and an authorised agency together, not to PIN1 alone.", "Read it as an agency that the ministry lets read this group (Card::pace_as_terminal, neweid read --agency)."],
        ["加密區須同時具備加密區密碼及機關授權，僅有密碼無法開啟。", "請以獲內政部授權讀取此群組的機關身分讀取 (Card::pace_as_terminal、neweid read --agency)。"];
    /// The agency's certificates do not grant it.
    NotGranted = "E-ACCESS-NOT-GRANTED", Operator,
        ["The agency is not authorised for this.", "Do without it, or ask whoever the detail names for a certificate that grants it (neweid agency request)."],
        ["機關未獲此項授權。", "請勿要求此項目，或向訊息所載的授權者申請含此權限的憑證 (neweid agency request)。"];
    /// The holder, or the agency itself, left it out.
    NotAgreed = "E-ACCESS-NOT-AGREED", Holder,
        ["This is not among what the agency asked for and the holder agreed to.", "Do without it, or ask the holder again, saying what it is for."],
        ["此項目不在機關要求且持卡人同意的範圍內。", "請勿要求此項目，或說明用途後再次徵詢持卡人。"];

    /// Wrong CAN.
    WrongCan = "E-PACE-WRONG-CAN", Holder,
        ["The access code is wrong.", "Read the last six digits of the card number again. The access code never locks, but the card answers more slowly after repeated errors."],
        ["存取碼錯誤。", "請再確認卡片序號末六碼。存取碼不會鎖卡，但連續錯誤後卡片回應會變慢。"];
    /// Wrong MRZ.
    WrongMrz = "E-PACE-WRONG-MRZ", Holder,
        ["The MRZ data (document number, date of birth, date of expiry) do not open this card.", "Scan the machine-readable zone again."],
        ["機器可讀區資料（證件號碼、出生日期、有效期限）無法開啟此卡片。", "請重新掃描機器可讀區。"];
    /// Wrong PIN1.
    WrongPin1 = "E-PACE-WRONG-PIN1", Holder,
        ["PIN1 is wrong.", "Show the holder the number of tries left before asking again. Never retry automatically."],
        ["加密區密碼 (PIN1) 錯誤。", "再次輸入前請先向持卡人顯示剩餘次數，切勿自動重試。"];
    /// Wrong PUK.
    WrongPuk = "E-PACE-WRONG-PUK", Holder,
        ["The PUK is wrong.", "Show the holder the number of tries left before asking again. Never retry automatically."],
        ["解鎖碼 (PUK) 錯誤。", "再次輸入前請先向持卡人顯示剩餘次數，切勿自動重試。"];
    /// PIN1 has one try left and needs the CAN first.
    PinSuspended = "E-PIN1-SUSPENDED", Holder,
        ["PIN1 is suspended: one try is left and the card wants the access code first.", "Open the card with the access code, then call resume_pin in that session."],
        ["加密區密碼 (PIN1) 暫停使用：僅剩一次機會，須先輸入存取碼。", "請先以存取碼開啟卡片，再於同一連線中輸入 PIN1 (resume_pin)。"];
    /// PIN1 is blocked.
    PinBlocked = "E-PIN1-BLOCKED", Holder,
        ["PIN1 is blocked.", "Unblock it with the PUK."],
        ["加密區密碼 (PIN1) 已鎖住。", "請以解鎖碼 (PUK) 解鎖。"];
    /// PIN1 is deactivated.
    PinDeactivated = "E-PIN1-DEACTIVATED", Holder,
        ["PIN1 is deactivated (the card is locked by its holder or not yet activated).", "Activate the card in a PUK session, or at a household registration office."],
        ["加密區密碼 (PIN1) 已停用（持卡人已自行鎖卡或尚未啟用）。", "請以解鎖碼 (PUK) 啟用，或至戶政事務所辦理。"];
    /// The PUK has one try left and needs the CAN first.
    PukSuspended = "E-PUK-SUSPENDED", Holder,
        ["The PUK is suspended: one try is left and the card wants the access code first.", "Open the card with the access code, then call resume_puk in that session."],
        ["解鎖碼 (PUK) 暫停使用：僅剩一次機會，須先輸入存取碼。", "請先以存取碼開啟卡片，再於同一連線中輸入解鎖碼 (resume_puk)。"];
    /// The PUK is blocked.
    PukBlocked = "E-PUK-BLOCKED", Holder,
        ["The PUK is blocked for ever.", "The card must be replaced at a household registration office."],
        ["解鎖碼 (PUK) 已永久鎖住。", "請至戶政事務所換發卡片。"];
    /// The card does not have this password.
    PasswordAbsent = "E-PASSWORD-ABSENT", Holder,
        ["The card cannot be opened with this kind of password.", "Use another password that the card knows."],
        ["此卡片不支援這種密碼。", "請改用卡片支援的其他密碼。"];
    /// The card refused a new PIN.
    NewPinRefused = "E-PIN1-NEW-REFUSED", Holder,
        ["The card refused the new PIN1; the old one is still in force.", "Choose another PIN1 of six digits."],
        ["卡片拒絕新的加密區密碼，原密碼仍有效。", "請另選六位數字的密碼。"];

    /// Wrong PIN2.
    WrongPin2 = "E-PIN2-WRONG", Holder,
        ["PIN2 is wrong.", "Show the holder the number of tries left before asking again. Never retry automatically."],
        ["憑證密碼 (PIN2) 錯誤。", "再次輸入前請先向持卡人顯示剩餘次數，切勿自動重試。"];
    /// PIN2 has one try left and needs a PIN1 session.
    Pin2Suspended = "E-PIN2-SUSPENDED", Holder,
        ["PIN2 is suspended: one try is left, and without contacts the card wants PIN1 first.", "Open the card with PIN1 and enter PIN2 in that session, or use a reader with contacts."],
        ["憑證密碼 (PIN2) 暫停使用：僅剩一次機會，感應讀取時須先輸入加密區密碼 (PIN1)。", "請以加密區密碼 (PIN1) 開啟卡片後輸入，或改用接觸式讀卡機。"];
    /// PIN2 is blocked.
    Pin2Blocked = "E-PIN2-BLOCKED", Holder,
        ["PIN2 is blocked.", "Unblock it with the PUK."],
        ["憑證密碼 (PIN2) 已鎖住。", "請以解鎖碼 (PUK) 解鎖。"];

    /// The text is not an access code.
    InputCan = "E-INPUT-CAN", Holder,
        ["This is not an access code: six digits are needed.", "Enter the last six digits of the card number."],
        ["存取碼格式錯誤：須為六位數字。", "請輸入卡片序號末六碼。"];
    /// The text is not a PIN1.
    InputPin = "E-INPUT-PIN1", Holder,
        ["This is not a PIN1: six digits are needed.", "Enter six digits. Nothing was sent to the card."],
        ["加密區密碼格式錯誤：須為六位數字。", "請輸入六位數字。尚未傳送至卡片。"];
    /// The text is not a transport PIN.
    InputTransportPin = "E-INPUT-TRANSPORT-PIN", Holder,
        ["This is not a transport PIN: five digits are needed.", "Enter the five digits of the PIN letter. Nothing was sent to the card."],
        ["開卡密碼格式錯誤：須為五位數字。", "請輸入密碼函上的五位數字。尚未傳送至卡片。"];
    /// The text is not a PUK.
    InputPuk = "E-INPUT-PUK", Holder,
        ["This is not a PUK: eight digits are needed.", "Enter the eight digits of the PIN letter. Nothing was sent to the card."],
        ["解鎖碼格式錯誤：須為八位數字。", "請輸入密碼函上的八位數字。尚未傳送至卡片。"];
    /// The text is not a PIN2.
    InputPin2 = "E-INPUT-PIN2", Holder,
        ["This is not a PIN2: eight to twelve digits are needed.", "Enter eight to twelve digits. Nothing was sent to the card."],
        ["憑證密碼格式錯誤：須為八至十二位數字。", "請輸入八至十二位數字。尚未傳送至卡片。"];
    /// The MRZ fields are not well-formed.
    InputMrz = "E-INPUT-MRZ", Holder,
        ["The machine-readable zone is not well-formed.", "Scan it again, or type document number, date of birth and date of expiry (YYMMDD)."],
        ["機器可讀區格式錯誤。", "請重新掃描，或輸入證件號碼、出生日期及有效期限（YYMMDD）。"];

    /// No natural-person certificate.
    NoCertificates = "E-CARD-NO-CERTIFICATES", Agency,
        ["The card has no natural-person certificate.", "Use a card that has one; a household registration office tells how to get it."],
        ["卡片沒有自然人憑證。", "請使用具自然人憑證的卡片；申辦方式請洽戶政事務所。"];
    /// The natural-person certificate is switched off.
    CertificatesOff = "E-CERTIFICATES-OFF", Holder,
        ["The natural-person certificate is switched off.", "The holder switches it on again with PIN1 or PIN2 (neweid cert enable)."],
        ["自然人憑證功能已停用。", "持卡人可以加密區密碼 (PIN1) 或憑證密碼 (PIN2) 重新啟用 (neweid cert enable)。"];
    /// The natural-person certificate has been terminated.
    CertificatesOver = "E-CERTIFICATES-OVER", Holder,
        ["The natural-person certificate of this card has been ended for ever.", "Get a new card at a household registration office."],
        ["此卡片的自然人憑證功能已永久終止。", "請至戶政事務所換發卡片。"];
    /// A key or its certificate is not there.
    KeyMissing = "E-CERTIFICATE-MISSING", Agency,
        ["The card has no such key, or no certificate for it.", "Use another key; neweid cert show lists what the card has."],
        ["卡片沒有此金鑰或其憑證。", "請改用其他金鑰；neweid cert show 可列出卡片內容。"];
    /// The card knows no Terminal Authentication.
    NoTerminalAuthentication = "E-CARD-NO-TA", Agency,
        ["The card has no key with which it could prove itself to an authenticated terminal (Chip Authentication version 2 in EF.CardSecurity).", "Read what the holder's own session opens, or use another card."],
        ["卡片沒有供終端機驗證後使用的金鑰（EF.CardSecurity 之 Chip Authentication 第 2 版）。", "請僅讀取持卡人連線可開啟的資料，或改用其他卡片。"];
    /// The card does not know the answer.
    CardCannotAnswer = "E-CARD-CANNOT-ANSWER", Agency,
        ["The card was not given what it would need to answer (a date, a place, or a key for pseudonyms).", "Ask the holder in another way, or read the group that says it."],
        ["卡片沒有回答所需的資料（日期、地區或代號金鑰）。", "請以其他方式詢問持卡人，或讀取載有該資料的群組。"];
    /// The agency's certificates cannot be used.
    TerminalCertificates = "E-AGENCY-CERTIFICATES", Operator,
        ["The agency's terminal certificates or their description cannot be used.", "Install the files that came with the authorisation, all of them; neweid agency show FILE says what one holds."],
        ["機關的終端機憑證或其說明檔無法使用。", "請安裝授權時核發的全部檔案；neweid agency show FILE 可顯示檔案內容。"];
    /// The card does not know the authority.
    TerminalUnknown = "E-AGENCY-UNKNOWN", Operator,
        ["The card knows no authority from which the agency's certificates lead.", "Install the link certificates of the ministry's CVCA. A card of another issuer cannot be read."],
        ["卡片不認得簽發機關憑證的任何憑證機構。", "請安裝內政部 CVCA 的連結憑證；其他發卡機關的卡片無法讀取。"];
    /// The card refused a certificate.
    TerminalRefused = "E-AGENCY-REFUSED", Operator,
        ["The card refused a certificate of the agency: it has expired, or its signature or its rights do not fit the one above it.", "Renew the agency's certificate (neweid agency renew)."],
        ["卡片拒絕機關的憑證：可能已過期，或簽章、權限與上層憑證不符。", "請更新機關憑證 (neweid agency renew)。"];
    /// The card refused the signature.
    TerminalSignature = "E-AGENCY-SIGNATURE", Operator,
        ["The card refused the signature of the agency's terminal.", "Check that key and certificate belong together, and that the signature is the answer to this session's request."],
        ["卡片拒絕機關終端機的簽章。", "請確認金鑰與憑證相符，且簽章係回應此次連線的要求。"];
    /// The terminal's key gave no signature.
    TerminalKey = "E-AGENCY-KEY", Operator,
        ["The agency's terminal key gave no signature.", "Check the key file, the security module or the connection to the signing server."],
        ["機關終端機金鑰無法簽章。", "請檢查金鑰檔、安全模組或與簽章伺服器的連線。"];
    /// A message between reader and server cannot be read.
    AgencyMessage = "E-AGENCY-MESSAGE", Developer,
        ["A message between the reader and the agency's server cannot be read.", "Pass the bytes on unchanged, and check that both sides use the same release."],
        ["讀卡端與機關伺服器之間的訊息無法解讀。", "請原封不動傳遞訊息，並確認兩端使用相同版本。"];

    /// The card answered a status that the step has no meaning for.
    CardStatus = "E-CARD-STATUS", Agency,
        ["The card refused a command with a status that has no special meaning here.", "Try once more; if it happens again, keep a trace and report it."],
        ["卡片以未預期的狀態碼拒絕指令。", "請再試一次；若再度發生，請保留記錄並回報。"];
    /// Malformed data.
    ChipMalformed = "E-CHIP-MALFORMED", Agency,
        ["The card sent data that are not well-formed.", "Do not accept the document; keep a trace and report it."],
        ["卡片傳回的資料格式不正確。", "請勿受理此證件，並保留記錄回報。"];
    /// A file is larger than any such file may be.
    ChipTooLarge = "E-CHIP-TOO-LARGE", Agency,
        ["The card announces or sends more data than the file may hold.", "Do not accept the document; keep a trace and report it."],
        ["卡片宣稱或傳回的資料量超過該檔案的上限。", "請勿受理此證件，並保留記錄回報。"];
    /// The card needs more exchanges than reasonable.
    ChipTooManyExchanges = "E-CHIP-TOO-MANY-EXCHANGES", Agency,
        ["The card makes the conversation longer than it can reasonably be.", "Do not accept the document; keep a trace and report it."],
        ["卡片使通訊次數超出合理範圍。", "請勿受理此證件，並保留記錄回報。"];
    /// The chip broke the PACE protocol.
    ChipBrokePace = "E-PACE-CHIP-FAULT", Agency,
        ["The chip broke the rules of the key agreement (invalid point, reflected key or wrong token).", "Do not accept the document: it may be an attack."],
        ["晶片違反金鑰協議規則（無效的點、反射金鑰或錯誤的驗證碼）。", "請勿受理此證件：可能遭受攻擊。"];
    /// EF.CardAccess differs from its signed copy.
    CardAccessDowngrade = "E-CARD-ACCESS-DOWNGRADE", Agency,
        ["What the card offered before the encrypted channel differs from what its issuer signed: someone may have removed the stronger suites.", "Do not accept the document: it may be an attack. Nothing personal was read."],
        ["加密通道建立前卡片所提供的安全資訊與簽發者簽署的內容不符：可能有人移除較強的演算法。", "請勿受理此證件：可能遭受攻擊。尚未讀取任何個人資料。"];
    /// A secure-messaging answer has a wrong MAC.
    ChannelForged = "E-SM-FORGED", Agency,
        ["An answer did not come from the chip that opened the channel: its authentication code is wrong. The channel is closed.", "Open the card again; if it happens again, do not accept the document."],
        ["回應的訊息驗證碼錯誤，並非來自建立通道的晶片。通道已關閉。", "請重新開啟卡片；若再度發生，請勿受理此證件。"];
    /// A plain answer where a protected one is due.
    ChannelPlain = "E-SM-PLAIN-ANSWER", Agency,
        ["The card answered in plain where only a protected answer counts. The channel is closed.", "Open the card again; if it happens again, do not accept the document."],
        ["卡片以未加密方式回應須受保護的指令。通道已關閉。", "請重新開啟卡片；若再度發生，請勿受理此證件。"];
    /// The card ended the channel.
    ChannelEnded = "E-SM-ENDED", Reader,
        ["The encrypted channel has ended.", "Open the card again with its code."],
        ["加密通道已結束。", "請以密碼重新開啟卡片。"];
    /// Chip authentication failed.
    ChipNotGenuine = "E-CHIP-NOT-GENUINE", Agency,
        ["The chip does not hold the private key that its issuer signed for: it may be a copy.", "Do not accept the document."],
        ["晶片未持有簽發者所簽署的金鑰：可能為複製卡。", "請勿受理此證件。"];
    /// No chip authentication was performed.
    ChipNotProven = "E-CHIP-NOT-PROVEN", Agency,
        ["Nothing proved that the chip is the one that was issued.", "Do not accept the document, unless documents without chip authentication are acceptable to you (Verifier::accept_unproven_chip)."],
        ["未能證明晶片為原發晶片。", "請勿受理此證件；除非貴機關接受無晶片驗證的證件 (Verifier::accept_unproven_chip)。"];

    /// A group does not match its signed hash.
    DataAltered = "E-DATA-ALTERED", Agency,
        ["The data differ from what the issuer signed.", "Do not accept the document."],
        ["資料與簽發者簽署的內容不符，已遭變更。", "請勿受理此證件。"];
    /// The security object is missing.
    SecurityObjectMissing = "E-SOD-MISSING", Agency,
        ["The card has no signed security object, so nothing can be verified.", "Do not accept the document."],
        ["卡片沒有簽署的安全物件，無法驗證。", "請勿受理此證件。"];
    /// The security object is malformed.
    SecurityObjectMalformed = "E-SOD-MALFORMED", Agency,
        ["The signed security object is not well-formed, or uses an algorithm that is not accepted.", "Do not accept the document."],
        ["簽署的安全物件格式錯誤，或使用不被接受的演算法。", "請勿受理此證件。"];
    /// The signature is wrong.
    SignatureInvalid = "E-SIGNATURE-INVALID", Agency,
        ["The issuer's signature is wrong.", "Do not accept the document."],
        ["簽發者的簽章錯誤。", "請勿受理此證件。"];
    /// The signer's chain does not end in a trusted country signing CA.
    UntrustedSigner = "E-SIGNER-UNTRUSTED", Operator,
        ["The document signer does not lead to a country signing CA that you trust.", "Do not accept the document. Check that the right country signing certificates are installed."],
        ["文件簽署者無法追溯至您所信任的國家簽署憑證機構 (CSCA)。", "請勿受理此證件，並確認已安裝正確的國家簽署憑證。"];
    /// The signer is revoked.
    DocumentSignerRevoked = "E-SIGNER-REVOKED", Agency,
        ["The certificate of the document signer is revoked.", "Do not accept the document."],
        ["文件簽署憑證已被廢止。", "請勿受理此證件。"];
    /// The signer or its CA was not valid.
    DocumentSignerExpired = "E-SIGNER-EXPIRED", Agency,
        ["A certificate of the signer's chain is expired or not yet valid on the day of the check.", "Check the date of this computer. If it is right, do not accept the document."],
        ["簽署憑證鏈中有憑證於查驗日期已過期或尚未生效。", "請確認電腦日期；若日期正確，請勿受理此證件。"];
    /// The signer's certificate may not sign documents.
    DocumentSignerUnfit = "E-SIGNER-UNFIT", Agency,
        ["The certificate of the signer may not sign such documents (key usage, extensions or algorithm).", "Do not accept the document."],
        ["簽署者的憑證不得簽署此類文件（金鑰用途、擴充欄位或演算法不符）。", "請勿受理此證件。"];
    /// A test anchor was met.
    TestAnchorRefused = "E-TEST-ANCHOR-REFUSED", Operator,
        ["The certificate is marked as a test certificate, and test certificates are not allowed here.", "Never accept such a card in production. In a test, allow test anchors by name."],
        ["此憑證標示為測試憑證，此處不允許測試憑證。", "正式環境切勿受理；測試時請明確允許測試信任錨。"];
    /// No revocation list.
    RevocationListMissing = "E-CRL-MISSING", Operator,
        ["There is no revocation list of the signer's country signing CA.", "Install the current list, or accept documents without one by name (Verifier::accept_missing_revocation_list)."],
        ["缺少該國家簽署憑證機構的憑證廢止清冊 (CRL)。", "請安裝最新清冊，或明確允許無清冊 (Verifier::accept_missing_revocation_list)。"];
    /// A revocation list is out of date.
    RevocationListStale = "E-CRL-STALE", Operator,
        ["The revocation list is out of date.", "Install the current list."],
        ["憑證廢止清冊 (CRL) 已過期。", "請安裝最新清冊。"];
    /// A revocation list is not usable.
    RevocationListInvalid = "E-CRL-INVALID", Operator,
        ["The revocation list is not well-formed, or not signed by the country signing CA.", "Install the current list from its official source."],
        ["憑證廢止清冊 (CRL) 格式錯誤，或非由該國家簽署憑證機構簽署。", "請自官方來源安裝最新清冊。"];
    /// 應換領日期 has passed.
    DocumentOverdue = "E-DOCUMENT-OVERDUE", Agency,
        ["The document is past its renewal date (應換領日期).", "Ask the holder to renew the card."],
        ["證件已逾應換領日期。", "請持卡人換領新證。"];
    /// The document is reported lost.
    CardReportedLost = "E-DOCUMENT-LOST", Agency,
        ["The document is on the list of lost or cancelled documents.", "Do not accept the document; follow your agency's procedure."],
        ["證件已列入掛失或註銷名單。", "請勿受理此證件，並依貴機關規定辦理。"];
    /// Fields that must agree do not.
    FieldsDisagree = "E-FIELDS-DISAGREE", Agency,
        ["Fields that must agree do not (for example the code that opened the card and the code stored in it).", "Do not accept the document."],
        ["應一致的欄位不一致（例如開啟卡片的代碼與卡內儲存的代碼）。", "請勿受理此證件。"];

    /// The library was called in a way that cannot work.
    ApiMisuse = "E-API-MISUSE", Developer,
        ["The library was called in a way that cannot work.", "Fix the calling program; the detail names the rule."],
        ["程式庫呼叫方式錯誤。", "請修正呼叫端程式；詳細訊息載明違反的規則。"];
    /// No randomness.
    NoRandomness = "E-RANDOMNESS", Operator,
        ["The operating system gave no random numbers.", "Check the system; nothing can be opened safely without them."],
        ["作業系統無法提供亂數。", "請檢查系統；沒有亂數便無法安全開啟卡片。"];
    /// A fault of this library.
    Internal = "E-INTERNAL", Developer,
        ["The library met a state that it holds to be impossible.", "Please report it with a trace."],
        ["程式庫出現不應發生的狀態。", "請附上記錄回報。"];
}

impl ErrorCode {
    /// The stable text, such as `E-PACE-WRONG-CAN`.
    pub const fn as_str(self) -> &'static str {
        self.entry().id
    }

    /// Whose turn it is.
    pub const fn turn(self) -> Turn {
        self.entry().turn
    }

    /// What happened.
    pub const fn message(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.entry().en.message,
            Lang::ZhTw => self.entry().zh.message,
        }
    }

    /// What to do.
    pub const fn advice(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.entry().en.advice,
            Lang::ZhTw => self.entry().zh.advice,
        }
    }

    /// The code with this text, if there is one.
    ///
    /// ```
    /// use host_lib::ErrorCode;
    /// assert_eq!(ErrorCode::from_text("E-PACE-WRONG-CAN"), Some(ErrorCode::WrongCan));
    /// assert_eq!(ErrorCode::from_text("E-NO-SUCH-CODE"), None);
    /// ```
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The table of all codes as Markdown: the contents of `docs/errors.md`.
pub fn error_table() -> String {
    let mut out = String::from(
        "# Error codes of the host library\n\n\
         Made from `host-lib/src/error/code.rs` by `host_lib::error_table()`; a test holds this file against it\n\
         (`UPDATE_DOCS=1 cargo test -p host-lib --test error_table` rewrites it). A code never changes its meaning.\n\n\
         | code | whose turn | what happened | what to do | 發生了什麼 | 怎麼辦 |\n\
         |---|---|---|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        let cells = [
            code.as_str(),
            code.turn().label(Lang::En),
            code.message(Lang::En),
            code.advice(Lang::En),
            code.message(Lang::ZhTw),
            code.advice(Lang::ZhTw),
        ];
        out.push_str("| ");
        out.push_str(&cells.join(" | "));
        out.push_str(" |\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_have_the_agreed_shape() {
        let ids: BTreeSet<_> = ErrorCode::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(ids.len(), ErrorCode::ALL.len());
        for id in ids {
            assert!(id.starts_with("E-"), "{id}");
            assert!(
                id.bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-'),
                "{id}"
            );
        }
    }

    #[test]
    fn each_code_speaks_both_languages() {
        for code in ErrorCode::ALL {
            for text in [code.message(Lang::En), code.advice(Lang::En)] {
                assert!(text.ends_with('.') || text.ends_with(')'), "{code}: {text}");
            }
            for text in [code.message(Lang::ZhTw), code.advice(Lang::ZhTw)] {
                assert!(text.ends_with('。'), "{code}: {text}");
            }
        }
    }
}
