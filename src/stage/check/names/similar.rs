//! Whether two spellings are one name: `Pasifik` and `Pacific`, `Etiopia` and `Ethiopia`, `Olimpiade` and `Olympics`.
//!
//! Place in the data way: inside `names`.
//! It must never join names that only begin alike and are short.

/// Letters in common from which two words with the same beginning are one name.
const SAME_HEAD: usize = 4;

/// Whether two words, in lower case, can be one name in two languages.
pub(super) fn similar(a: &str, b: &str) -> bool {
    if a == b || a.trim_end_matches('s') == b.trim_end_matches('s') {
        return true;
    }
    let (a, b) = (skeleton(a), skeleton(b));
    if a == b {
        return true;
    }
    let common = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
    // The same stem with another ending.
    if common >= SAME_HEAD && common * 10 >= short * 7 && long <= short + 5 {
        return true;
    }
    let letters_each = if long < 6 { 5 } else { 3 };
    short >= 4 && a.first() == b.first() && distance(&a, &b) * letters_each <= long
}

/// The letters that both languages spell alike.
fn skeleton(word: &str) -> Vec<char> {
    let word = word
        .trim_end_matches("'s")
        .replace("gh", "g")
        .replace("ph", "f")
        .replace("th", "t")
        .replace("ch", "k")
        .replace("qu", "kw");
    let mut letters: Vec<char> = Vec::with_capacity(word.len());
    for c in word.chars().filter(|c| c.is_alphanumeric()) {
        let plain = match c {
            'c' | 'q' | 'x' | 'ç' | 'ć' | 'č' => 'k',
            'y' | 'j' | 'í' | 'ì' | 'î' | 'ï' | 'ı' => 'i',
            'v' => 'f',
            'z' | 'š' | 'ş' => 's',
            'á' | 'à' | 'ã' | 'ä' | 'â' | 'å' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => 'o',
            'w' | 'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            other => other,
        };
        if letters.last() != Some(&plain) {
            letters.push(plain);
        }
    }
    letters
}

/// Letters to change, add or drop to make one word of the other (Levenshtein).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let best = (diagonal + usize::from(x != y)).min(left + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
    }
    if b.is_empty() { a.len() } else { row.last().copied().unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_two_spellings_is_one() {
        for (a, b) in [
            ("pasifik", "pacific"),
            ("etiopia", "ethiopia"),
            ("olimpiade", "olympics"),
            ("kristen", "christian"),
            ("republik", "republican"),
            ("moskow", "moscow"),
            ("universitas", "university"),
            ("lavrov", "lavrov's"),
        ] {
            assert!(similar(a, b), "{a} {b}");
        }
    }

    #[test]
    fn two_names_are_two() {
        for (a, b) in [
            ("lavrov", "halevi"),
            ("putin", "prabowo"),
            ("jerman", "france"),
            ("iran", "irak"),
            ("jakarta", "surabaya"),
        ] {
            assert!(!similar(a, b), "{a} {b}");
        }
    }

    #[test]
    fn distances_are_those_of_levenshtein() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!((distance(&[], &chars("abc")), distance(&chars("abc"), &[])), (3, 3));
    }
}
