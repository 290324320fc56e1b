//! CSV as RFC 4180 has it: one line for each figure of an article (<https://www.rfc-editor.org/rfc/rfc4180>).
//!
//! Place in the data way: inside `write`, for collected outputs.
//! It must never let text of an article become a formula of a spreadsheet: a cell that would begin one begins with an
//! apostrophe (<https://owasp.org/www-community/attacks/CSV_Injection>).

use crate::model::record::ArticleRecord;
use crate::stage::check::figures;

/// The columns.
pub(super) const HEAD: &str = "article,paragraph,figure,value,unit,english,agrees\r\n";

/// The lines of one article, the title as paragraph 0.
pub(super) fn lines(name: &str, record: &ArticleRecord) -> String {
    let title = record.title.id.as_deref().map(|id| (0, id, record.title.en.as_deref()));
    let paragraphs = record.paragraphs();
    let sent = paragraphs.filter(|paragraph| paragraph.skipped.is_none());
    let texts = title.into_iter().chain(sent.map(|p| (p.n, p.id.as_str(), p.en.as_deref())));
    texts
        .flat_map(|(n, id, en)| figures(id, en.unwrap_or_default()).into_iter().map(move |figure| (n, figure)))
        .map(|(n, figure)| {
            let value = figure.value.map(|value| value.to_string()).unwrap_or_default();
            let agrees = if figure.english.is_some() { "yes" } else { "no" };
            let english = figure.english.unwrap_or_default();
            let cells = [name, &n.to_string(), &figure.text, &value, &figure.unit, &english, agrees].map(cell);
            cells.join(",") + "\r\n"
        })
        .collect()
}

fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let text = if is_formula && text.parse::<f64>().is_err() { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_one_cell_and_never_a_formula() {
        assert_eq!(cell("2,5 juta"), "\"2,5 juta\"");
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(["@SUM", "+1+1", "-2+3", "\t="].map(cell), ["'@SUM", "'+1+1", "'-2+3", "'\t="]);
        assert_eq!(cell("-2.5"), "-2.5");
    }
}
