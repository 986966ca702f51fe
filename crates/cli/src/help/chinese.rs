//! The Chinese text of the help, by the names of subcommands, arguments and placeholders.

/// What each subcommand does, by its path.
pub(super) const COMMANDS: &[(&str, &str)] = &[
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
    (
        "neweid cert",
        "您的自然人憑證：查看內容、停用與啟用、憑證密碼 (PIN2)",
    ),
    (
        "neweid cert show",
        "顯示金鑰、憑證及憑證密碼 (PIN2) 的剩餘次數",
    ),
    (
        "neweid cert disable",
        "停用自然人憑證；卡片的其他功能不受影響",
    ),
    ("neweid cert enable", "重新啟用自然人憑證"),
    ("neweid cert request", "由金鑰簽署憑證申請 (PKCS#10)"),
    (
        "neweid cert new-key",
        "受理機關：由卡片產生新金鑰；舊金鑰及其憑證即刪除",
    ),
    ("neweid cert install", "受理機關：將金鑰的憑證寫入卡片"),
    (
        "neweid cert renew",
        "受理機關與憑證管理中心：為現有憑證的持有人換發新金鑰及憑證",
    ),
    ("neweid cert change-pin2", "變更憑證密碼 (PIN2)"),
    (
        "neweid cert unblock-pin2",
        "以解鎖碼 (PUK) 恢復憑證密碼的次數；忘記密碼時並設定新密碼",
    ),
    ("neweid sign", "以您的自然人憑證簽署文件"),
    ("neweid verify-signature", "查驗簽章：由誰簽署、可否採信"),
    ("neweid decrypt", "以您的自然人憑證解密訊息"),
    ("neweid login-demo", "以自然人憑證登入本機的示範伺服器"),
    (
        "neweid login-demo run",
        "啟動示範伺服器並登入，再重送一次相同的回應",
    ),
    ("neweid login-demo serve", "僅啟動示範伺服器，直到中斷為止"),
    ("neweid login-demo login", "登入以 serve 啟動的示範伺服器"),
];

/// What each argument means, by its name.
pub(super) const ARGUMENTS: &[(&str, &str)] = &[
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
        "測試信任錨與憑證廢止清冊的輸出目錄；未指定時為 specimen-pki。首張有自然人憑證的卡片會在其中建立憑證管理中心，其清冊公布處為 http://citizen-pki.invalid/，除非已先以 neweid ca begin 指定他處",
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
    (
        "with_pin",
        "以加密區密碼 (PIN1) 代替存取碼開啟卡片；感應式讀取時，憑證密碼的最後一次機會須如此",
    ),
    ("pin2_stdin", "自標準輸入讀取一行憑證密碼 (PIN2)"),
    ("new_pin2_stdin", "自標準輸入讀取一行新的憑證密碼"),
    ("with_pin2", "輸入憑證密碼，以查看僅於其後顯示的憑證"),
    (
        "certificates_folder",
        "將各憑證寫入此目錄（signature.pem、authentication.pem、key-decipherment.pem）",
    ),
    (
        "switch_with_pin2",
        "以存取碼及憑證密碼 (PIN2) 執行，而非 PIN1",
    ),
    (
        "requesting_slot",
        "金鑰：signature 簽章或 authentication 身分鑑別",
    ),
    ("request_out", "憑證申請的輸出檔"),
    ("forgotten", "忘記憑證密碼：一併設定新密碼"),
    ("document", "要簽署的文件"),
    (
        "signature_out",
        "簽章的輸出檔；未指定時為「文件檔名.p7s」，與 --attached 併用時為「文件檔名.p7m」",
    ),
    ("attached", "將文件放入簽章檔，而非另附簽章"),
    (
        "hash",
        "雜湊演算法：sha-256、sha-384 或 sha-512；未指定時為 sha-256",
    ),
    ("pss", "RSA 金鑰以 RSASSA-PSS 簽署，而非 RSASSA-PKCS1-v1_5"),
    ("signature", "簽章檔 (CMS SignedData)：DER、PEM 或 S/MIME"),
    ("signed_document", "所簽的文件；已含於簽章檔者免填"),
    ("content_out", "一切無誤時，將簽章檔所含的文件寫入此檔案"),
    (
        "signer_trust",
        "自然人憑證的憑證機構（.cer、.crt、.der、.pem）與廢止清冊（.crl）的目錄，或其子目錄 citizens 即為此者；可重複指定。自簽憑證為信任錨",
    ),
    (
        "without_revocation_lists",
        "不查廢止清冊：已廢止的憑證亦會通過",
    ),
    (
        "message",
        "訊息檔 (CMS EnvelopedData 或 AuthEnvelopedData)：DER、PEM 或 S/MIME",
    ),
    ("plain_out", "解密內容的輸出檔；未指定時為訊息檔名去除 .p7m"),
    (
        "listen",
        "示範伺服器等候連線的位址，僅限本機；未指定時為 127.0.0.1:0（由系統選擇埠）",
    ),
    ("server", "以 serve 啟動的示範伺服器位址"),
    ("logins", "登入成功這麼多次後結束；未指定時直到中斷為止"),
    (
        "slot",
        "金鑰：signature 簽章、authentication 身分鑑別、key-decipherment 加密",
    ),
    (
        "key_kind",
        "新金鑰的種類：rsa-2048，或 p-256（不適用於加密）；未指定時為 rsa-2048",
    ),
    ("certificate", "卡片上金鑰的憑證，PEM 或 DER"),
    (
        "renewed_serial",
        "要換發的憑證序號；卡片上已無憑證時（例如中斷之後）指定，以沿用卡片上的金鑰",
    ),
];

/// The placeholders of values.
pub(super) const VALUES: &[(&str, &str)] = &[
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
    ("SIGNATURE", "簽章檔"),
    ("MESSAGE", "訊息檔"),
    ("COUNT", "次數"),
    ("KIND", "種類"),
    ("CERTIFICATE", "憑證檔"),
];
