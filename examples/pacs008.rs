//! Writes made-up ISO 20022 payments (pacs.008.001.08 under a head.001.001.02 header) to sign, seal
//! and measure with. Every party, agent and account is fictional.
//!
//! ```text
//! cargo run --example pacs008 -- [--seed N] [--size min|typical|fat] [--transactions N] [-o FILE]
//! cargo run --example pacs008 -- --size fat -o payment.xml
//! ```
//!
//! Defaults: seed 1, `typical`, one transaction, standard output (also `-o -`). An existing FILE is
//! never overwritten and a failed run leaves none behind. One transaction is about 1.9 KB (`min`),
//! 3-6 KB (`typical`) or 20-40 KB (`fat`); up to 100000 are streamed, one in memory at a time.
//! Equal arguments give equal bytes on every machine. Exit status: 0 done (or the reader of the
//! pipe left), 2 bad argument, 5 the output could not be written.
//!
//! | field | made of |
//! |---|---|
//! | `BizMsgIdr`, `MsgId` | `CHOP`, seed in hex, initial of the size, number of transactions |
//! | `InstrId`, `TxId` | seed in hex, the transaction's place counted from 1 |
//! | `EndToEndId` | `E2E`, six digits, the same place |
//! | `UETR` | a version 4 UUID |
//! | `BICFI` | `ZZ`, two digits, country, `Z0` (the 0 marks a test code), branch `XXX` |
//! | `LEI` | `CHOP00` (no issuer has this prefix), twelve digits, ISO 17442 check digits |
//! | `IBAN` | a bank code that starts `999`, ISO 13616 check digits |
//! | `CtrlSum`, `TtlIntrBkSttlmAmt` | the exact sum of every `IntrBkSttlmAmt` |
//!
//! The seed chooses the direction: renminbi to Shanghai, or euros from it. Settlement date and
//! agents stand once, in `GrpHdr`: a batch total requires the date there, and what stands there may
//! not be repeated below. Chinese text is good ISO 20022, but Swift's CBPR+ profile would refuse
//! it, and batches too, so `BizSvc` does not claim that profile.

#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: pacs008 [--seed 0..18446744073709551615] [--size min|typical|fat] \
                     [--transactions 1..100000] [-o FILE]";

fn main() -> ExitCode {
    let (status, text) = match parse_arguments(std::env::args_os().skip(1)) {
        Err(text) => (2, text),
        Ok(options) => match deliver(&options) {
            Err(text) => (5, text),
            Ok(()) => return ExitCode::SUCCESS,
        },
    };
    // Not eprintln!, which panics if standard error itself is broken.
    let _ = writeln!(io::stderr(), "pacs008: error: {text}");
    ExitCode::from(status)
}

struct Options {
    seed: u64,
    size: Size,
    transactions: u64,
    output: Option<PathBuf>,
}

/// How much is filled in; each size writes all that the smaller ones do.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Size {
    Min,
    Typical,
    Fat,
}

fn parse_arguments(mut arguments: impl Iterator<Item = OsString>) -> Result<Options, String> {
    let (mut seed, mut size, mut transactions, mut output) = (1, Size::Typical, 1, None);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        let text = value.to_str().unwrap_or_default();
        match (flag.to_str().unwrap_or_default(), text, text.parse()) {
            ("--seed", _, Ok(number)) => seed = number,
            ("--size", "min", _) => size = Size::Min,
            ("--size", "typical", _) => size = Size::Typical,
            ("--size", "fat", _) => size = Size::Fat,
            ("--transactions", _, Ok(number @ 1..=100_000)) => transactions = number,
            ("-o", "-", _) => output = None,
            ("-o", ..) if !value.is_empty() => output = Some(PathBuf::from(value)),
            // Quoted by {:?}, so that no argument can break the message over two lines.
            _ => return Err(format!("cannot use {flag:?} {value:?}; {USAGE}")),
        }
    }
    Ok(Options {
        seed,
        size,
        transactions,
        output,
    })
}

fn deliver(options: &Options) -> Result<(), String> {
    let Some(path) = &options.output else {
        return match write_message(io::stdout().lock(), options) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|error| format!("standard output: {error}")),
        };
    };
    let file = File::create_new(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{path:?} exists; remove it or choose another name"),
        _ => format!("{path:?}: {error}"),
    })?;
    write_message(file, options).map_err(|error| {
        // Half a payment file must not be taken for a whole one.
        let _ = fs::remove_file(path);
        format!("{path:?}: {error}")
    })
}

fn write_message(out: impl Write, options: &Options) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let route = route(options);
    out.write_all(headers(options, &route).as_bytes())?;
    for place in 1..=options.transactions {
        out.write_all(transaction(options, &route, place).as_bytes())?;
    }
    out.write_all(b"</FIToFICstmrCdtTrf>\n</Document>\n</BusMsg>\n")?;
    out.flush()
}

/// The lines of `template` that a message of this size has, without their indentation: lines marked
/// `+` from `Typical` up, lines marked `*` in `Fat` alone, all others always.
fn lines(size: Size, template: &str) -> impl Iterator<Item = &str> {
    let lines = template.lines().map(str::trim_start);
    lines.filter_map(move |line| match line.split_at_checked(2) {
        Some(("+ ", rest)) => (size >= Size::Typical).then_some(rest),
        Some(("* ", rest)) => (size >= Size::Fat).then_some(rest),
        _ => Some(line),
    })
}

fn block(size: Size, template: &str) -> String {
    let ended = lines(size, template).flat_map(|line| [line, "\n"]);
    ended.collect()
}

/// In one line, so that a marked line of another template can take it whole.
fn part(size: Size, template: &str) -> String {
    lines(size, template).collect()
}

/// What all transactions of a message share.
struct Route {
    currency: &'static str,
    /// How China's authority has to see it: `CRED` for money coming in, `DEBT` for money leaving.
    reported: &'static str,
    from: Agent,
    to: Agent,
}

fn route(options: &Options) -> Route {
    let mut rng = Rng::stream(options.seed, 0);
    let (currency, reported, from, to) = match rng.below(2) {
        0 => ("CNY", "CRED", &GERMANY, &CHINA),
        _ => ("EUR", "DEBT", &CHINA, &GERMANY),
    };
    let [from, to] = [from, to].map(|nation| agent(&mut rng, nation, options.size));
    Route {
        currency,
        reported,
        from,
        to,
    }
}

struct Agent {
    nation: &'static Nation,
    bic: String,
    xml: String,
}

fn agent(rng: &mut Rng, nation: &'static Nation, size: Size) -> Agent {
    let bic = format!("ZZ{}{}Z0XXX", rng.digits(2), nation.code);
    let (lei, name, address) = (lei(rng), nation.bank, address(rng, nation, size));
    let template = format!(
        "<FinInstnId><BICFI>{bic}</BICFI>
            + <LEI>{lei}</LEI><Nm>{name}</Nm>{address}
        </FinInstnId>"
    );
    let xml = part(size, &template);
    Agent { nation, bic, xml }
}

fn headers(options: &Options, route: &Route) -> String {
    let (seed, count) = (options.seed, options.transactions);
    let initial = ['M', 'T', 'F'][options.size as usize];
    let id = format!("CHOP{seed:016X}{initial}{count}");
    // The total stands before what it totals: amounts are drawn here, and again when written.
    let amounts = (1..=count).map(|place| draw_amount(&mut Rng::stream(seed, place)));
    let (currency, total) = (route.currency, money(amounts.sum()));
    let (from, to) = (&route.from.bic, &route.to.bic);
    let template = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
        <BusMsg>
        <AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">
            <Fr><FIId><FinInstnId><BICFI>{from}</BICFI></FinInstnId></FIId></Fr>
            <To><FIId><FinInstnId><BICFI>{to}</BICFI></FinInstnId></FIId></To>
            <BizMsgIdr>{id}</BizMsgIdr>
            <MsgDefIdr>pacs.008.001.08</MsgDefIdr>
            <BizSvc>chop.example.01</BizSvc>
            <CreDt>2026-11-24T09:30:00+08:00</CreDt>
        </AppHdr>
        <Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08">
        <FIToFICstmrCdtTrf>
        <GrpHdr>
            <MsgId>{id}</MsgId>
            <CreDtTm>2026-11-24T09:30:00+08:00</CreDtTm>
            <NbOfTxs>{count}</NbOfTxs>
            <CtrlSum>{total}</CtrlSum>
            <TtlIntrBkSttlmAmt Ccy="{currency}">{total}</TtlIntrBkSttlmAmt>
            <IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt>
            <SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf>
            <InstgAgt><FinInstnId><BICFI>{from}</BICFI></FinInstnId></InstgAgt>
            <InstdAgt><FinInstnId><BICFI>{to}</BICFI></FinInstnId></InstdAgt>
        </GrpHdr>"#
    );
    block(options.size, &template)
}

fn transaction(options: &Options, route: &Route, place: u64) -> String {
    let (seed, size) = (options.seed, options.size);
    let (currency, reported) = (route.currency, route.reported);
    let (from, to) = (&route.from, &route.to);
    let mut rng = Rng::stream(seed, place);
    let settled = draw_amount(&mut rng);
    let charge = [0, 0, CHARGE][size as usize];
    let (order, uetr) = (rng.digits(6), uuid_v4(&mut rng));
    let companies = [from, from, to, to].map(|side| party(&mut rng, side.nation, size));
    let [debtor, payer, creditor, payee] = companies;
    let [debtor_account, creditor_account] = [from, to].map(|side| account(&mut rng, side.nation));
    let (debtor_agent, creditor_agent) = (&from.xml, &to.xml);
    let sides = format!("<Invcr>{creditor}</Invcr><Invcee>{debtor}</Invcee>");
    let invoices = [1, 1, 6 + rng.below(3)][size as usize];
    let mut remittance = String::new();
    for cents in split(&mut rng, settled + charge, invoices) {
        remittance += &invoice(&mut rng, size, currency, cents, &sides);
    }
    let paragraphs = [0, 0, 20][size as usize];
    let paragraph = |_| format!("<P>{}</P>", escape(rng.pick(&REMARKS)));
    let text = (0..paragraphs).map(paragraph).collect::<String>();
    let [settled, instructed, charge] = [settled, settled + charge, charge].map(money);
    let template = format!(
        r#"<CdtTrfTxInf>
            <PmtId>
                <InstrId>{seed:016X}-{place}</InstrId>
                <EndToEndId>E2E-{order}-{place}</EndToEndId>
                + <TxId>{seed:016X}-{place}</TxId>
                <UETR>{uetr}</UETR>
            </PmtId>
            + <PmtTpInf><InstrPrty>NORM</InstrPrty><SvcLvl><Cd>G001</Cd></SvcLvl>
            + <CtgyPurp><Cd>SUPP</Cd></CtgyPurp></PmtTpInf>
            <IntrBkSttlmAmt Ccy="{currency}">{settled}</IntrBkSttlmAmt>
            + <InstdAmt Ccy="{currency}">{instructed}</InstdAmt>
            <ChrgBr>SHAR</ChrgBr>
            * <ChrgsInf><Amt Ccy="{currency}">{charge}</Amt><Agt>{debtor_agent}</Agt></ChrgsInf>
            * <UltmtDbtr>{payer}</UltmtDbtr>
            * <InitgPty>{debtor}</InitgPty>
            <Dbtr>{debtor}</Dbtr>
            <DbtrAcct>{debtor_account}</DbtrAcct>
            <DbtrAgt>{debtor_agent}</DbtrAgt>
            <CdtrAgt>{creditor_agent}</CdtrAgt>
            <Cdtr>{creditor}</Cdtr>
            <CdtrAcct>{creditor_account}</CdtrAcct>
            * <UltmtCdtr>{payee}</UltmtCdtr>
            <Purp><Cd>GDDS</Cd></Purp>
            + <RgltryRptg><DbtCdtRptgInd>{reported}</DbtCdtRptgInd>
            + <Authrty><Ctry>CN</Ctry></Authrty>
            + <Dtls><Ctry>CN</Ctry><Cd>CGODDR</Cd><Amt Ccy="{currency}">{settled}</Amt>
            + <Inf>Goods trade / 货物贸易</Inf></Dtls></RgltryRptg>
            <RmtInf>{remittance}</RmtInf>
            * <SplmtryData>
            * <PlcAndNm>/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[{place}]</PlcAndNm>
            * <Envlp><Note xmlns="urn:chop:example:note">{text}</Note></Envlp>
            * </SplmtryData>
        </CdtTrfTxInf>"#
    );
    block(size, &template)
}

/// A company, whether it pays, is paid, or stands on an invoice.
fn party(rng: &mut Rng, nation: &Nation, size: Size) -> String {
    let (name, lei) = (escape(rng.pick(&nation.names)), lei(rng));
    let (address, code) = (address(rng, nation, size), nation.code);
    let template = format!(
        "<Nm>{name}</Nm>{address}
        + <Id><OrgId><LEI>{lei}</LEI></OrgId></Id>
        * <CtryOfRes>{code}</CtryOfRes>
        * <CtctDtls><EmailAdr>treasury@example.com</EmailAdr>
        * <JobTitl>Treasury &amp; Risk / 资金与风险部</JobTitl></CtctDtls>"
    );
    part(size, &template)
}

fn address(rng: &mut Rng, nation: &Nation, size: Size) -> String {
    let [street, postcode, town, district] = nation.address;
    let (code, building) = (nation.code, 1 + rng.below(999));
    let template = format!(
        "<PstlAdr>
        + <Dept>Payments / 支付部</Dept>
        + <StrtNm>{street}</StrtNm><BldgNb>{building}</BldgNb><PstCd>{postcode}</PstCd>
        <TwnNm>{town}</TwnNm>
        + <DstrctNm>{district}</DstrctNm>
        <Ctry>{code}</Ctry></PstlAdr>"
    );
    part(size, &template)
}

fn account(rng: &mut Rng, nation: &Nation) -> String {
    let number = format!("{}{}", nation.bank_code, rng.digits(nation.account_digits));
    match nation.code {
        // Mainland China issues no IBAN.
        "CN" => format!("<Id><Othr><Id>{number}</Id></Othr></Id>"),
        code => format!("<Id><IBAN>{}</IBAN></Id>", iban(code, &number)),
    }
}

fn invoice(rng: &mut Rng, size: Size, currency: &str, cents: u64, sides: &str) -> String {
    let (number, month, day) = (rng.digits(8), 8 + rng.below(3), 10 + rng.below(19));
    if size == Size::Min {
        return format!("<Ustrd>Invoice / 发票 {number}</Ustrd>");
    }
    let (amount, reference) = (money(cents), iban("RF", &rng.digits(12)));
    let remark = escape(rng.pick(&REMARKS));
    let mut items = String::new();
    let count = 5 + rng.below(3);
    for (number, cents) in (1..).zip(split(rng, cents, count)) {
        let (goods, amount) = (escape(rng.pick(&GOODS)), money(cents));
        let template = format!(
            r#"<LineDtls><Id><Nb>{number}</Nb></Id><Desc>{goods}</Desc>
            <Amt><RmtdAmt Ccy="{currency}">{amount}</RmtdAmt></Amt></LineDtls>"#
        );
        items += &part(size, &template);
    }
    let template = format!(
        r#"<Strd>
        <RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp>
            <Nb>INV-{number}</Nb><RltdDt>2026-{month:02}-{day}</RltdDt>
            * {items}
        </RfrdDocInf>
        <RfrdDocAmt><DuePyblAmt Ccy="{currency}">{amount}</DuePyblAmt>
            <RmtdAmt Ccy="{currency}">{amount}</RmtdAmt></RfrdDocAmt>
        <CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>
            <Ref>{reference}</Ref></CdtrRefInf>
        * {sides}
        * <AddtlRmtInf>{remark}</AddtlRmtInf>
        </Strd>"#
    );
    part(size, &template)
}

/// For text between tags; the attributes here hold nothing to escape.
fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// ISO 7064: the number that digits and letters (A is 10, Z is 35) spell, modulo 97.
fn mod_97(text: &str) -> u32 {
    let values = text.chars().filter_map(|c| c.to_digit(36));
    values.fold(0, |sum, v| (sum * if v < 10 { 10 } else { 100 } + v) % 97)
}

/// The two digits with which `body` leaves the remainder 1.
fn check_digits(body: &str) -> String {
    format!("{:02}", 98 - mod_97(&format!("{body}00")))
}

/// ISO 17442.
fn lei(rng: &mut Rng) -> String {
    let body = format!("CHOP00{}", rng.digits(12));
    format!("{body}{}", check_digits(&body))
}

/// ISO 13616: country and check digits come first but count last. With `RF` for the country this is
/// a creditor reference, ISO 11649.
fn iban(country: &str, account: &str) -> String {
    let check = check_digits(&format!("{account}{country}"));
    format!("{country}{check}{account}")
}

/// RFC 9562, section 5.4: random but for version and variant.
fn uuid_v4(rng: &mut Rng) -> String {
    let (a, b) = (rng.next(), rng.next());
    let (first, second, third) = (a >> 32, (a >> 16) & 0xffff, a & 0xfff);
    let (fourth, last) = (0x8000 | (b >> 50), b & 0xffff_ffff_ffff);
    format!("{first:08x}-{second:04x}-4{third:03x}-{fourth:04x}-{last:012x}")
}

/// In cents. Always a transaction's first draw, so that totals need draw nothing else.
fn draw_amount(rng: &mut Rng) -> u64 {
    100_000 + rng.below(499_900_000)
}

/// Uneven parts, none of them zero, that add up to `total`.
fn split(rng: &mut Rng, mut total: u64, parts: u64) -> Vec<u64> {
    let mut shares = Vec::new();
    for left in (2..=parts).rev() {
        let share = total / left / 2 + rng.below(total / left);
        shares.push(share);
        total -= share;
    }
    shares.push(total);
    shares
}

/// SplitMix64 (Steele, Lea, Flood 2014). Any one output gives away all that follow: for sample
/// data, never for keys.
struct Rng(u64);

impl Rng {
    /// Each transaction has its own, so that any can be drawn without those before it.
    fn stream(seed: u64, index: u64) -> Self {
        // Mixed twice, or neighbouring seeds and places could share parts of their streams.
        Rng(Rng(Rng(seed).next() ^ index).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `bound - 1`, slightly biased, which sample data can bear.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is below a slice's length"
    )]
    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len() as u64) as usize]
    }

    fn digits(&mut self, count: usize) -> String {
        let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        (0..count).map(|_| self.pick(&digits)).collect()
    }
}

/// What a fat transaction's agents keep, in cents.
const CHARGE: u64 = 2_500;

/// Where a payment starts or ends.
struct Nation {
    code: &'static str,
    bank: &'static str,
    bank_code: &'static str,
    account_digits: usize,
    /// Street, postcode, town, district.
    address: [&'static str; 4],
    names: [&'static str; 5],
}

const CHINA: Nation = Nation {
    code: "CN",
    bank: "砚汐虚谷银行上海分行",
    bank_code: "9999",
    account_digits: 15,
    address: ["朔璃路", "200120", "上海", "浦东新区"],
    names: [
        "上海澜杼空舟精密仪器有限公司",
        "上海青穹幻屿纺织科技有限公司",
        "上海楠汀梦泽 (R&D) 新材料有限公司",
        "Shanghai Moonwharf Marine & Offshore Co., Ltd.",
        "Shanghai Inkstone Vale Foods Co., Ltd.",
    ],
};

const GERMANY: Nation = Nation {
    code: "DE",
    bank: "Nebelhafen Handelsbank AG",
    bank_code: "99900000",
    account_digits: 10,
    address: [
        "Große Nebelgasse",
        "60311",
        "Frankfurt am Main",
        "Innenstadt",
    ],
    names: [
        "Quellmoor Werkzeugbau GmbH",
        "Brückmoor & Söhne Feinoptik GmbH",
        "Nörrhaven Schiffsbedarf AG",
        "Ostfähr Textil GmbH & Co. KG",
        "Möwensteg Lebensmittel GmbH",
    ],
};

const GOODS: [&str; 4] = [
    "Spindle bearings, ground, run-out < 2 µm / 主轴轴承，径向跳动小于 2 微米",
    "Worsted wool fabric, 320 g/m², navy & grey / 精纺毛织物，藏青与灰色",
    "Optical encoders with cable and mounting set / 光电编码器，含电缆与安装套件",
    "Stern tube seals, class certificate enclosed / 艉轴密封件，附船级社证书",
];

const REMARKS: [&str; 4] = [
    "Goods received & inspected; retention released under clause 14 / 货物已验收，质保金释放",
    "Price adjusted after measurement, quantity < contract / 按实测数量协商调整价格",
    "Shipped from Yangshan, bill of lading surrendered / 洋山发运，提单已电放",
    "Please quote our order number in all correspondence / 来函请注明订单号，谢谢",
];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is what it should be")]
mod tests {
    use super::*;
    use std::ops::Range;

    const SIZES: [(&str, Range<usize>); 3] = [
        ("min", 1_800..2_000),
        ("typical", 3_000..6_000),
        ("fat", 20_000..40_000),
    ];

    fn parse(line: &str) -> Result<Options, String> {
        parse_arguments(line.split_whitespace().map(OsString::from))
    }

    fn render(line: &str) -> String {
        let mut bytes = Vec::new();
        write_message(&mut bytes, &parse(line).unwrap()).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// The text of every element whose start tag begins with `start`.
    fn texts<'a>(xml: &'a str, start: &str) -> Vec<&'a str> {
        let text = |(at, _)| xml[at..].split(['>', '<']).nth(2).unwrap();
        xml.match_indices(start).map(text).collect()
    }

    fn cents(xml: &str, start: &str) -> u64 {
        let cents = |text: &str| text.replace('.', "").parse::<u64>().unwrap();
        texts(xml, start).into_iter().map(cents).sum()
    }

    #[test]
    fn equal_arguments_give_equal_bytes() {
        for (size, _) in SIZES {
            let line = format!("--transactions 3 --size {size} --seed");
            assert_eq!(render(&format!("{line} 7")), render(&format!("{line} 7")));
            assert_ne!(render(&format!("{line} 7")), render(&format!("{line} 8")));
        }
    }

    #[test]
    fn one_transaction_has_the_promised_size() {
        for (size, range) in SIZES {
            for seed in 0..300 {
                let length = render(&format!("--size {size} --seed {seed}")).len();
                assert!(range.contains(&length), "{size}, {seed}: {length} bytes");
            }
        }
    }

    #[test]
    fn totals_agree_with_what_they_total() {
        for (size, _) in SIZES {
            let xml = render(&format!("--size {size} --transactions 40"));
            let settled = cents(&xml, "<IntrBkSttlmAmt ");
            assert_eq!(texts(&xml, "<IntrBkSttlmAmt ").len(), 40);
            assert_eq!(texts(&xml, "<NbOfTxs>"), ["40"]);
            assert_eq!(cents(&xml, "<TtlIntrBkSttlmAmt "), settled);
            assert_eq!(cents(&xml, "<CtrlSum>"), settled);
            // Remitted amounts stand once by invoice and, in a fat message, once more by item.
            let (charges, remitted) = [(0, 0), (0, 1), (40 * CHARGE, 2)][parse_size(size)];
            if remitted > 0 {
                assert_eq!(cents(&xml, "<InstdAmt "), settled + charges);
                assert_eq!(cents(&xml, "<DuePyblAmt "), settled + charges);
            }
            assert_eq!(cents(&xml, "<RmtdAmt "), (settled + charges) * remitted);
        }
    }

    fn parse_size(name: &str) -> usize {
        parse(&format!("--size {name}")).unwrap().size as usize
    }

    #[test]
    fn checksums_agree_with_published_examples() {
        assert_eq!(iban("DE", "370400440532013000"), "DE89370400440532013000");
        assert_eq!(iban("GB", "WEST12345698765432"), "GB82WEST12345698765432");
        assert_eq!(iban("RF", "539007547034"), "RF18539007547034");
        assert_eq!(check_digits("5493001KJTIIGC8Y1R"), "12");
    }

    #[test]
    fn identifiers_are_well_formed() {
        let xml = render("--size fat --transactions 100");
        for lei in texts(&xml, "<LEI>") {
            assert!(lei.len() == 20 && mod_97(lei) == 1, "{lei}");
        }
        for iban in texts(&xml, "<IBAN>") {
            let (start, account) = iban.split_at(4);
            assert_eq!(mod_97(&format!("{account}{start}")), 1, "{iban}");
        }
        for uetr in texts(&xml, "<UETR>") {
            assert!(uetr.split('-').map(str::len).eq([8, 4, 4, 4, 12]), "{uetr}");
            assert!(uetr[14..].starts_with('4') && uetr[19..].starts_with(['8', '9', 'a', 'b']));
        }
    }

    #[test]
    fn elements_nest_and_text_is_escaped() {
        let xml = render("--size fat --transactions 3");
        let mut open = Vec::new();
        for tag in xml.split('<').skip(2) {
            let name = tag.split(['>', ' ']).next().unwrap();
            match name.strip_prefix('/') {
                Some(end) => assert_eq!(open.pop(), Some(end)),
                None => open.push(name),
            }
        }
        assert!(open.is_empty());
        let mut references = xml.split('&').skip(1);
        assert!(references.all(|text| text.starts_with("amp;") || text.starts_with("lt;")));
        assert_eq!(escape("<R&D> 上海"), "&lt;R&amp;D&gt; 上海");
    }

    #[test]
    fn bad_arguments_are_named() {
        for (line, named) in [
            ("--transactions 0", r#""--transactions" "0""#),
            ("--transactions 100001", r#""--transactions" "100001""#),
            ("--seed -1", r#""--seed" "-1""#),
            ("--size huge", r#""--size" "huge""#),
            ("--seed 1 -o", r#""-o" """#),
            ("--help", r#""--help" """#),
        ] {
            let error = parse(line).err().unwrap();
            assert_eq!(error, format!("cannot use {named}; {USAGE}"));
        }
    }

    #[test]
    fn an_existing_file_is_kept() {
        let name = format!("chop-pacs008-{}.xml", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut options = parse("--size min").unwrap();
        options.output = Some(path.clone());
        deliver(&options).unwrap();
        options.seed = 2;
        let refusal = deliver(&options).unwrap_err();
        assert!(refusal.ends_with("exists; remove it or choose another name"));
        assert_eq!(fs::read_to_string(&path).unwrap(), render("--size min"));
        fs::remove_file(path).unwrap();
    }
}
