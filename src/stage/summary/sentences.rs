//! Cuts running text into sentences, for ranking only.
//!
//! Place in the data way: inside `summary`.
//! It must never change a character of a sentence.

/// Abbreviations after which a full stop ends nothing, in Indonesian and English news.
const ABBREVIATIONS: &[&str] = &[
    "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Gen", "Lt", "Col", "Capt", "Sgt", "Rev", "Sen", "Rep", "Gov", "Jr", "Sr",
    "Inc", "Ltd", "Co", "Corp", "vs", "No", "Letjen", "Mayjen", "Brigjen", "Jenderal", "Kol", "Kombes", "AKBP",
    "Kompol", "Irjen", "Komjen", "Ir", "Drs", "Hj", "H", "KH", "Rp", "Jl", "Jln", "Tbk", "PT", "CV", "dr", "dkk",
    "a.l", "s.d", "Purn", "Bpk",
];

/// The sentences of a text, in order, without surrounding white space. A line break always ends a sentence.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    text.lines().flat_map(line_sentences).collect()
}

fn line_sentences(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !matches!(c, '.' | '!' | '?' | '…') {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some(&(next, closing)) = chars.peek() {
            if !matches!(closing, '.' | '!' | '?' | '"' | '”' | '’' | '\'' | ')' | ']') {
                break;
            }
            end = next + closing.len_utf8();
            chars.next();
        }
        let (head, tail) = line.split_at(end);
        let before = head.get(start..at).unwrap_or_default();
        if begins_sentence(tail) && !(c == '.' && ends_in_abbreviation(before)) {
            found.extend(head.get(start..).map(str::trim).filter(|sentence| !sentence.is_empty()));
            start = end;
        }
    }
    found.extend(line.get(start..).map(str::trim).filter(|rest| !rest.is_empty()));
    found
}

fn begins_sentence(tail: &str) -> bool {
    let mut rest = tail.chars();
    match rest.next() {
        None => true,
        Some(space) if space.is_whitespace() => {
            let next = rest.find(|c| !c.is_whitespace() && !matches!(c, '"' | '“' | '\'' | '‘' | '(' | '['));
            next.is_some_and(|c| c.is_uppercase() || c.is_numeric())
        }
        Some(_) => false,
    }
}

fn ends_in_abbreviation(before: &str) -> bool {
    let last = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let is_initial = last.chars().count() == 1 && last.chars().all(char::is_uppercase);
    is_initial || ABBREVIATIONS.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_at_stops_and_lines_but_not_at_abbreviations_and_figures() {
        let text = "Letjen. Herzi Halevi berbicara. \"Kami siap.\" Harga Rp. 10.000 naik 3.5 persen!\nTamat";
        assert_eq!(
            sentences(text),
            ["Letjen. Herzi Halevi berbicara.", "\"Kami siap.\"", "Harga Rp. 10.000 naik 3.5 persen!", "Tamat"]
        );
    }
}
