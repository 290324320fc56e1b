//! Pseudo-English: what a scripted server answers. It says nothing, but it is English by every mechanical sign: figures,
//! names, negations, hedges and quotation marks of the Indonesian stand in it, so that the checks let it pass.

/// A plain English word for each run of Indonesian ones.
const WORDS: &[&str] = &[
    "the",
    "report",
    "said",
    "that",
    "people",
    "in",
    "this",
    "area",
    "were",
    "with",
    "and",
    "their",
    "work",
    "from",
    "there",
    "after",
    "officials",
    "of",
    "new",
    "to",
];

/// Words with a counterpart that the checks look for.
const FIXED: &[(&str, &str)] = &[
    ("tidak", "not"),
    ("tak", "not"),
    ("belum", "not yet"),
    ("bukan", "not"),
    ("tanpa", "without"),
    ("jangan", "do not"),
    ("membantah", "denied"),
    ("diduga", "allegedly"),
    ("dugaan", "alleged"),
    ("disebut", "reportedly"),
    ("tersangka", "suspect"),
    ("terdakwa", "defendant"),
    ("konon", "reportedly"),
    ("ribu", "thousand"),
    ("juta", "million"),
    ("miliar", "billion"),
    ("triliun", "trillion"),
    ("persen", "percent"),
    ("satu", "one"),
    ("dua", "two"),
    ("tiga", "three"),
    ("empat", "four"),
    ("lima", "five"),
    ("enam", "six"),
    ("tujuh", "seven"),
    ("delapan", "eight"),
    ("sembilan", "nine"),
    ("sepuluh", "ten"),
    ("senin", "Monday"),
    ("selasa", "Tuesday"),
    ("rabu", "Wednesday"),
    ("kamis", "Thursday"),
    ("jumat", "Friday"),
    ("sabtu", "Saturday"),
    ("minggu", "Sunday"),
];

/// Pseudo-English for an Indonesian text; the same text always gives the same.
pub fn pseudo(id: &str) -> String {
    let words = id.split_whitespace().enumerate().map(|(n, word)| render(n, word));
    words.collect::<Vec<_>>().join(" ")
}

fn render(n: usize, word: &str) -> String {
    let core = word.trim_matches(|c: char| !c.is_alphanumeric());
    let Some(at) = word.find(core).filter(|_| !core.is_empty()) else { return word.to_owned() };
    let (before, after) = (&word[..at], &word[at + core.len()..]);
    let lower = core.to_lowercase();
    let fixed = FIXED.iter().find(|(id, _)| *id == lower).map(|(_, en)| (*en).to_owned());
    let core = if core.chars().any(|c| c.is_ascii_digit()) {
        english_figure(core)
    } else if let Some(fixed) = fixed {
        fixed
    } else if n > 0 && core.chars().next().is_some_and(char::is_uppercase) {
        core.to_owned()
    } else {
        let word = WORDS[(core.len() + n) % WORDS.len()];
        if n == 0 { format!("{}{}", word[..1].to_uppercase(), &word[1..]) } else { word.to_owned() }
    };
    format!("{before}{core}{after}")
}

/// `10.000` → `10,000`, `3,5` → `3.5`; times such as `14.30` stay.
fn english_figure(figure: &str) -> String {
    let groups: Vec<&str> = figure.split('.').collect();
    if groups.len() > 1 && groups[1..].iter().all(|group| group.len() == 3) {
        return figure.replace('.', ",");
    }
    figure.replace(',', ".")
}
