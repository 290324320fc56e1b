//! Currencies: an amount must stay in the money that the text names.
//!
//! Place in the data way: inside `figures`.
//! It must never know a rate of exchange.

use std::sync::LazyLock;

use regex::Regex;

use super::super::words::Pair;
use crate::model::pattern::pattern;

/// A currency with the spellings of both languages.
struct Currency {
    name: &'static str,
    id: Regex,
    en: Regex,
}

static CURRENCIES: LazyLock<[Currency; 13]> = LazyLock::new(|| {
    [
        ("rupiah", r"(?i)\bRp\.?\s?\d|\brupiah\b|\bIDR\b", r"(?i)\bRps?\.?\s?\d|\brupiahs?\b|\bIDR\b"),
        ("dollar", r"(?i)\$|\bdol+ar|\bUSD\b|\bUS\s?\d", r"(?i)\$|\bdollars?\b|\bUSD\b|\bcents?\b"),
        ("euro", r"(?i)€|\beuro\b|\bEUR\b", r"(?i)€|\beuros?\b|\bEUR\b"),
        ("pound", r"(?i)£|\bpound|\bpoun\b|\bGBP\b|\bsterling\b", r"(?i)£|\bpounds?\b|\bGBP\b|\bsterling\b|\bquid\b"),
        ("yen", r"(?i)¥|\byen\b|\bJPY\b", r"(?i)¥|\byen\b|\bJPY\b"),
        ("yuan", r"(?i)¥|\byuan\b|\bCNY\b|\bRMB\b|\brenminbi\b", r"(?i)¥|\byuan\b|\bCNY\b|\bRMB\b|\brenminbi\b"),
        ("ringgit", r"(?i)\bringgit\b|\bRM\s?\d", r"(?i)\bringgit\b|\bRM\s?\d"),
        ("riyal", r"(?i)\bri[yj]?al\b|\bSAR\b", r"(?i)\bri[yj]?als?\b|\bSAR\b"),
        // `They won` is no money.
        ("won", r"(?i)\bwon\b|₩", r"(?i)\d\s?(million |billion |trillion )?won\b|₩|\bkorean won\b"),
        ("baht", r"(?i)\bbaht\b", r"(?i)\bbaht\b"),
        ("dirham", r"(?i)\bdirham\b", r"(?i)\bdirhams?\b"),
        ("peso", r"(?i)\bpeso\b", r"(?i)\bpesos?\b"),
        ("rupee", r"(?i)\brupee\b|\brupi\b", r"(?i)\brupees?\b"),
    ]
    .map(|(name, id, en)| Currency { name, id: pattern(id), en: pattern(en) })
});

/// The dollars of other countries: the country as both languages name it beside the word, and the signs.
static DOLLARS: LazyLock<[Currency; 7]> = LazyLock::new(|| {
    [
        ("Singapore dollars", r"Singapura|SG?P?", r"Singapore(?:an)?", r"\bS\$|\bSGD?\$|\bSGD\b"),
        ("Australian dollars", r"Australia", r"Australian?|Aussie", r"\bAU?\$|\bAUD\b"),
        ("Hong Kong dollars", r"Hong ?Kong|HK", r"Hong ?Kong", r"\bHK\$|\bHKD\b"),
        ("Canadian dollars", r"Kanada", r"Canadian", r"\bCA?\$|\bCAD\b"),
        ("New Zealand dollars", r"Selandia Baru|NZ", r"New Zealand|Kiwi", r"\bNZ\$|\bNZD\b"),
        ("Taiwan dollars", r"(?:Baru )?Taiwan", r"(?:New )?Taiwan(?:ese)?", r"\bNT\$|\bTWD\b"),
        ("Brunei dollars", r"Brunei", r"Brunei", r"\bB\$|\bBND\b"),
    ]
    .map(|(name, id, en, signs)| Currency {
        name,
        id: pattern(&format!(r"(?i:\bdol+ar\s+(?:{id})\b)|{signs}")),
        en: pattern(&format!(r"(?i:\b(?:{en})\s+dollars?\b)|{signs}")),
    })
});

/// US dollars, said outright.
static US_DOLLARS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bUS\s?\$|\bUSD\b|(?i:\bdol+ar\s+(?:AS|Amerika)\b|\bU\.?S\.? dollars?\b)"));

/// What is wrong with the money of the answer: a currency of the source is gone while another one came in.
pub(super) fn converted(pair: &Pair<'_>) -> Option<String> {
    dollars(pair).or_else(|| exchanged(pair))
}

/// Dollars of one country that became those of another: a bare dollar is American in English, and open in Indonesian.
fn dollars(pair: &Pair<'_>) -> Option<String> {
    let says = |given: &str, came: &str| Some(format!("Amounts in {given} became {came}: keep the currency."));
    let of_us = |text: &str| US_DOLLARS.is_match(text);
    let any = CURRENCIES.iter().find(|currency| currency.name == "dollar")?;
    for currency in DOLLARS.iter() {
        match (currency.id.is_match(pair.id), currency.en.is_match(pair.en)) {
            (true, false) if any.en.is_match(pair.en) => return says(currency.name, "other dollars"),
            (false, true) if of_us(pair.id) && !of_us(pair.en) => return says("US dollars", currency.name),
            _ => {}
        }
    }
    None
}

fn exchanged(pair: &Pair<'_>) -> Option<String> {
    let lost = CURRENCIES.iter().find(|c| c.id.is_match(pair.id) && !c.en.is_match(pair.en))?;
    let came = CURRENCIES.iter().find(|c| c.en.is_match(pair.en) && !c.id.is_match(pair.id))?;
    Some(format!("Amounts in {} became {}: keep the currency and convert nothing.", lost.name, came.name))
}

/// The currency that the Indonesian words around a figure name.
pub(super) fn named(text: &str) -> Option<&'static str> {
    CURRENCIES.iter().find(|currency| currency.id.is_match(text)).map(|currency| currency.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_may_not_become_another() {
        assert!(converted(&Pair::new("denda Rp 5 juta", "a fine of $5 million")).is_some());
        assert!(converted(&Pair::new("investasi 5 miliar yuan", "an investment of 5 billion yen")).is_some());
        assert!(converted(&Pair::new("biaya haji 20.000 riyal", "the hajj costs 20,000 dollars")).is_some());
        assert!(converted(&Pair::new("harga tiket 2.000 baht", "a ticket costs Rp 2,000")).is_some());
        assert!(converted(&Pair::new("denda 500 dolar Singapura", "a fine of 500 dollars")).is_some());
        assert!(converted(&Pair::new("senilai S$ 2 juta", "worth US$2 million")).is_some());
        assert!(converted(&Pair::new("dana 5 juta dolar Australia", "funds of $5 million")).is_some());
        assert!(converted(&Pair::new("denda 500 dolar AS", "a fine of 500 Singapore dollars")).is_some());
        assert!(converted(&Pair::new("denda 500 dolar Singapura", "a fine of S$500")).is_none());
        assert!(
            converted(&Pair::new("dana 5 juta dolar Australia", "funds of 5 million Australian dollars")).is_none()
        );
        assert!(converted(&Pair::new("denda 500 dolar", "a fine of 500 Singapore dollars")).is_none());
        assert!(converted(&Pair::new("ia menang 5 juta won", "he won 5 million won, or $4,000")).is_none());
        assert!(converted(&Pair::new("senilai 5 miliar yuan", "worth ¥5 billion")).is_none());
        assert!(converted(&Pair::new("denda 5 juta rupiah", "a fine of Rp 5 million")).is_none());
        assert!(converted(&Pair::new("US$ 5 juta atau Rp 80 miliar", "$5 million, or 80 billion rupiah")).is_none());
    }
}
