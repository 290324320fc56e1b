//! Where a briefing goes, and how it gets there.
//!
//! Place in the data way: the end of `brief`.
//! It must never write over another briefing, unless the user named the file.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::Error;
use crate::model::briefing::Briefing;
use crate::pipeline::brief::Folder;
use crate::stage::write::{BriefFormat, Named as _, Rendering, Theme, render_briefing, write_as};

use super::super::Desk;
use super::super::compose::write_error;

/// Where a briefing goes.
pub(super) enum Target {
    /// To standard output.
    Out,
    /// Into the file that the user named, without its ending, whatever stands there.
    File { folder: PathBuf, name: String, ending: String },
    /// Into a folder, under a name of its own.
    Folder(PathBuf),
}

impl Target {
    /// What `-o` means: a file where the path has an ending, unless it is a folder.
    pub fn of(output: Option<&Path>, cwd: &Path) -> Self {
        let Some(path) = output.map(|path| cwd.join(path)) else { return Self::Out };
        match path.extension().map(|ending| ending.to_string_lossy().into_owned()) {
            Some(ending) if !path.is_dir() => Self::File {
                folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
                name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
                ending,
            },
            _ => Self::Folder(path),
        }
    }
}

/// What briefings are rendered and written with.
pub(super) struct Press<'a> {
    pub articles: Folder,
    pub theme: &'a Theme,
    pub config: &'a Config,
}

impl Press<'_> {
    /// Hands a briefing out in each form.
    pub fn put(
        &self,
        briefing: &Briefing,
        target: &Target,
        formats: &[BriefFormat],
        desk: &mut Desk<'_>,
    ) -> Result<(), Error> {
        match target {
            Target::Out => {
                for format in formats {
                    write!(desk.out, "{}", self.render(briefing, &desk.around.cwd, *format)?)?;
                }
                Ok(())
            }
            Target::File { folder, name, .. } => {
                formats.iter().try_for_each(|format| self.replace(briefing, folder, name, *format))
            }
            Target::Folder(folder) => {
                let day = briefing.to.get(..10).unwrap_or("now");
                self.shelve(briefing, folder, &format!("briefing-{day}"), formats).map(drop)
            }
        }
    }

    /// Writes a briefing in each form into a folder, under `name` or, where that holds another one, `name-2` and so on.
    /// Gives its first file.
    pub fn shelve(
        &self,
        briefing: &Briefing,
        folder: &Path,
        name: &str,
        formats: &[BriefFormat],
    ) -> Result<Option<PathBuf>, Error> {
        let text = |format: &BriefFormat| Ok((format.extension(), self.render(briefing, folder, *format)?));
        let texts: Vec<(&str, String)> = formats.iter().map(text).collect::<Result<_, Error>>()?;
        let is_free = |name: &String| {
            texts.iter().all(|(ending, text)| {
                let path = folder.join(format!("{name}.{ending}"));
                !path.exists() || std::fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())
            })
        };
        let further = (2_u32..).map(|n| format!("{name}-{n}"));
        let name = std::iter::once(name.to_owned()).chain(further).find(is_free).unwrap_or_else(|| name.to_owned());
        let mut first = None;
        for (ending, text) in &texts {
            let path = write_as(folder, &name, ending, text).map_err(write_error)?;
            first = first.or(Some(path));
        }
        Ok(first)
    }

    /// Writes a briefing as this very file.
    pub fn replace(&self, briefing: &Briefing, folder: &Path, name: &str, format: BriefFormat) -> Result<(), Error> {
        let text = self.render(briefing, folder, format)?;
        write_as(folder, name, format.extension(), &text).map(drop).map_err(write_error)
    }

    /// The text of a form that is written into a folder.
    fn render(&self, briefing: &Briefing, folder: &Path, format: BriefFormat) -> Result<String, Error> {
        let sources = self.articles.sources(briefing, folder);
        let (pages, mail) = (self.config.pages.clone(), self.config.mail.clone());
        let with = Rendering { pages, mail, ..Rendering::new(self.theme, &sources) };
        render_briefing(briefing, format, &with).map_err(|error| Error::Usage(error.to_string()))
    }
}
