//! Where a setting comes from.
//!
//! Place in the data way: before it; each layer notes the place of its values, errors and `config show` name it.
//! It must never hold a key: what is shown of a value is redacted here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The built-in `default.toml`.
    Default,
    /// A line of a file.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// 1-based; 0 where the whole file is meant.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A flag of the command line.
    Flag {
        /// Such as `--backend`.
        name: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("built in"),
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment { variable } => write!(f, "{variable} in the environment"),
            Self::Flag { name } => f.write_str(name),
        }
    }
}

/// A setting as `config show` prints it.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its value, still as it was written.
    pub value: toml::Value,
    /// Who set it.
    pub place: Place,
}

/// Every setting by its dotted key, such as `backends.desk.url`.
pub type Settings = BTreeMap<String, Setting>;

/// Words in the name of a key or header whose value is not shown.
const SECRET_WORDS: [&str; 7] = ["authorization", "auth", "key", "token", "secret", "password", "cookie"];

/// Whether a header looks as if its value were a secret: a part of its name ends with one of those words.
pub(super) fn looks_secret(header: &str) -> bool {
    let name = header.to_lowercase();
    let mut parts = name.split(['-', '_']).map(|part| part.trim_end_matches('s'));
    parts.any(|part| SECRET_WORDS.iter().any(|word| part.ends_with(word)))
}

/// A setting's value in TOML, with secrets taken out: values of secret-looking headers, and passwords in addresses.
pub fn shown(key: &str, value: &toml::Value) -> String {
    if key.split_once(".headers.").is_some_and(|(_, name)| looks_secret(name)) {
        return "\"[redacted]\"".into();
    }
    match value {
        toml::Value::String(text) if text.contains("://") => toml::Value::String(without_password(text)).to_string(),
        other => other.to_string(),
    }
}

/// An address without the user and password that may stand in it.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.into() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest.split_at(end) {
        (authority, tail) if authority.contains('@') => {
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://[redacted]@{host}{tail}")
        }
        _ => url.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_for_a_secret_by_the_end_of_a_part_of_its_name() {
        for name in ["Authorization", "Ocp-Apim-Subscription-Key", "X-Auth", "X_API_KEYS", "apikey", "Set-Cookie"] {
            assert!(looks_secret(name), "{name}");
        }
        for name in ["X-Author", "X-Keyword", "X-Tokenizer", "X-Team", "Accept-Language"] {
            assert!(!looks_secret(name), "{name}");
        }
    }

    #[test]
    fn secrets_in_headers_and_addresses_are_not_shown() {
        let text = |text: &str| toml::Value::String(text.into());
        assert_eq!(shown("backends.a.headers.X-Api-Key", &text("abc")), "\"[redacted]\"");
        assert_eq!(shown("backends.a.headers.X-Team", &text("abc")), "\"abc\"");
        assert_eq!(shown("backends.a.template.headers.Authorization", &text("abc")), "\"[redacted]\"");
        assert_eq!(shown("backends.a.url", &text("https://me:pw@h/v1?x=@")), "\"https://[redacted]@h/v1?x=@\"");
        assert_eq!(shown("backends.a.url", &text("https://h/v1@2")), "\"https://h/v1@2\"");
    }
}
