//! Pages to read: one look for articles, briefings and the site; a user's theme may change it.
//!
//! A page asks for nothing from outside. Its style and script stand in it and are let through by their hashes alone, so
//! nothing that came with an article can ever run (<https://www.w3.org/TR/CSP3/#match-element-to-source-list>). Every
//! text passes the escaping of the templates, and no theme can switch that off or change the policy.
//!
//! Place in the data way: one form of output; a briefing links to a paragraph as `NAME.html#p7`.
//! It must never show a draft or a flagged text as if it were good.

mod article;
mod briefing;
mod site;
mod text;

use std::path::Path;

use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

#[cfg(test)]
pub(super) use briefing::example;
pub(super) use briefing::{event, mail};
pub(super) use site::{EntryView, Group, Home, List};
pub(super) use text::{plain, web};

/// What is wrong with a theme.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// The folder or a file in it cannot be read.
    #[error("read the theme's {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A template is not valid, or uses a variable that does not exist.
    #[error("render the theme's {file}, line {line}: {reason}")]
    Template {
        /// The file.
        file: String,
        /// 1-based line.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The style would end before its time.
    #[error("the theme's {file} holds \"</\", which no style sheet needs")]
    Style {
        /// The file.
        file: String,
    },
}

/// The frame of every page; no theme replaces it, for it holds the policy.
const FRAME: &str = "frame.html";
/// The file that is added to the built-in style.
const STYLE: &str = "style.css";
/// The parts that a file of the same name in the theme's folder replaces.
const PARTS: [(&str, &str); 8] = [
    ("header.html", include_str!("parts/header.html")),
    ("footer.html", include_str!("parts/footer.html")),
    ("article.html", include_str!("parts/article.html")),
    ("briefing.html", include_str!("parts/briefing.html")),
    ("event.html", include_str!("parts/event.html")),
    ("home.html", include_str!("parts/home.html")),
    ("list.html", include_str!("parts/list.html")),
    ("mail.html", include_str!("parts/mail.html")),
];

/// How pages look.
#[derive(Debug, Clone)]
pub struct Theme {
    templates: Environment<'static>,
    style: String,
}

/// A link within the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it says.
    pub text: String,
    /// Where it leads, relative to the page.
    pub href: String,
}

/// What the frame needs to know of a page.
struct Frame<'a> {
    title: &'a str,
    links: &'a [Link],
    script: &'a str,
    /// Whether scripts of the same site may be loaded, too.
    loads: bool,
}

impl Theme {
    /// The look that is part of the program.
    #[expect(clippy::missing_panics_doc, reason = "it cannot: tests render the embedded parts")]
    pub fn builtin() -> Self {
        #[expect(clippy::expect_used, reason = "the parts are embedded, and tests render them")]
        Self::load(|_| Ok(None)).expect("the built-in theme is valid")
    }

    /// The look of the files in `dir`; the built-in one stands in for parts that are not there.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or a template is wrong: each is tried at once.
    pub fn with_dir(dir: &Path) -> Result<Self, ThemeError> {
        let unreadable = |path: &Path, source| ThemeError::Unreadable { path: path.display().to_string(), source };
        std::fs::read_dir(dir).map_err(|source| unreadable(dir, source))?;
        Self::load(|name| match std::fs::read_to_string(dir.join(name)) {
            Ok(text) => Ok(Some(text.replace("\r\n", "\n"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&dir.join(name), error)),
        })
    }

    fn load(file: impl Fn(&str) -> Result<Option<String>, ThemeError>) -> Result<Self, ThemeError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.remove_filter("safe");
        templates.set_formatter(text::format);
        let frame = [(FRAME, include_str!("parts/frame.html"))];
        for (name, builtin) in frame.into_iter().chain(PARTS) {
            let own = if name == FRAME { None } else { file(name)? };
            let text = own.unwrap_or_else(|| builtin.to_owned());
            templates.add_template_owned(name, text).map_err(|error| template_error(name, &error))?;
        }
        let own = file(STYLE)?;
        if own.as_deref().is_some_and(|own| own.contains("</")) {
            return Err(ThemeError::Style { file: STYLE.into() });
        }
        let style = include_str!("parts/style.css").to_owned() + own.as_deref().unwrap_or_default();
        let theme = Self { templates, style };
        theme.article(&article::example(), "example", &[])?;
        theme.try_briefings()?;
        theme.try_site()?;
        Ok(theme)
    }

    fn part(&self, name: &str, view: &impl Serialize) -> Result<String, ThemeError> {
        let rendered = self.templates.get_template(name).and_then(|template| template.render(Serde(view)));
        rendered.map_err(|error| template_error(name, &error))
    }

    /// A whole page around its rendered part.
    fn page(&self, frame: &Frame<'_>, body: String) -> Result<String, ThemeError> {
        #[derive(Serialize)]
        struct Around<'a> {
            title: &'a str,
            links: &'a [Link],
        }
        let around = Around { title: frame.title, links: frame.links };
        let view = context! {
            title => frame.title,
            policy => policy(&self.style, frame),
            style => Value::from_safe_string(self.style.clone()),
            script => Value::from_safe_string(frame.script.to_owned()),
            header => Value::from_safe_string(self.part("header.html", &around)?),
            body => Value::from_safe_string(body),
            footer => Value::from_safe_string(self.part("footer.html", &around)?),
        };
        let rendered = self.templates.get_template(FRAME).and_then(|template| template.render(view));
        rendered.map_err(|error| template_error(FRAME, &error))
    }
}

/// What a page may do: apply its own style, run its own script, and nothing else.
fn policy(style: &str, frame: &Frame<'_>) -> String {
    let mut script = if frame.script.is_empty() { String::new() } else { format!(" '{}'", text::hash(frame.script)) };
    if frame.loads {
        // Browsers differ in whether a file on disk is of the site of another one.
        script += " 'self' file:";
    }
    let script = if script.is_empty() { " 'none'" } else { &script };
    let style = text::hash(style);
    format!("default-src 'none'; style-src '{style}'; script-src{script}; base-uri 'none'; form-action 'none'")
}

fn template_error(file: &str, error: &minijinja::Error) -> ThemeError {
    let reason =
        error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    ThemeError::Template { file: file.to_owned(), line: error.line().unwrap_or(1), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::brief::test_record;

    fn themed(files: &[(&str, &str)]) -> Result<Theme, String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        Theme::with_dir(dir.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_theme_adds_to_the_style_and_replaces_the_parts_that_it_has() {
        let theme = themed(&[("style.css", "h1 { color: red }\r\n"), ("header.html", "<p>The desk: {{ title }}</p>")]);
        let page = theme.unwrap().article(&test_record("R & D", &[("Satu.", "One.")]), "a", &[]).unwrap();
        assert!(page.contains("h1 { color: red }\n") && page.contains("<p>The desk: R &amp; D</p>"));
        assert!(page.contains("<p>One.</p>"));
    }

    #[test]
    fn no_theme_can_let_text_become_mark_up() {
        assert!(themed(&[("article.html", "{{ title|safe }}")]).unwrap_err().contains("article.html, line 1"));
        assert!(themed(&[("style.css", "</style><script>")]).unwrap_err().contains("style.css"));
        let theme = themed(&[("article.html", "{% autoescape false %}{{ title }}{% endautoescape %}")]).unwrap();
        let page = theme.article(&test_record("<b>", &[]), "a", &[]).unwrap();
        assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"));
    }

    #[test]
    fn a_wrong_template_is_named_with_its_line_before_anything_is_written() {
        for (name, text) in
            [("article.html", "<p>\n{{ titel }}"), ("briefing.html", "\n{% if %}"), ("mail.html", "\n{{ x }}")]
        {
            let message = themed(&[(name, text)]).unwrap_err();
            assert!(message.contains(&format!("{name}, line 2")), "{message}");
        }
    }

    #[test]
    fn a_theme_that_is_not_there_is_an_error_that_names_it() {
        assert!(Theme::with_dir(Path::new("/nowhere/at/all")).unwrap_err().to_string().contains("/nowhere/at/all"));
    }
}
