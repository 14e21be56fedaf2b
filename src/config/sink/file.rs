//! What a file has beside its path: when a new one is begun, and what becomes of the old ones.

/// A file by its path.
#[derive(Clone, Debug, PartialEq)]
pub struct FileConfig {
    /// Its path.
    pub path: String,
    /// The most bytes of a file.
    pub rotate_size: Option<u64>,
    /// The most lines of a file.
    pub rotate_lines: Option<u64>,
    /// Whether the first line begins a new file.
    pub rotate_on_open: bool,
    /// How many rotated files are kept.
    pub keep: Option<u64>,
}

impl FileConfig {
    /// A file without any parameters.
    pub fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            rotate_size: None,
            rotate_lines: None,
            rotate_on_open: false,
            keep: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SinkConfig, Target};
    use super::*;

    fn file(parameters: &str) -> Option<FileConfig> {
        match SinkConfig::parse(&format!("file:app.log?{parameters}")).ok()?.target {
            Target::File(file) => Some(file),
            _ => None,
        }
    }

    #[test]
    fn a_file_has_no_limits_unless_it_is_told() {
        assert_eq!(file(""), Some(FileConfig::new("app.log")));
    }

    #[test]
    fn every_parameter_sets_what_it_names() {
        let all = "rotate_size=10MiB&rotate_lines=5&rotate_on_open=yes&keep=3";
        let expected = FileConfig {
            rotate_size: Some(10 << 20),
            rotate_lines: Some(5),
            rotate_on_open: true,
            keep: Some(3),
            ..FileConfig::new("app.log")
        };
        assert_eq!(file(all), Some(expected));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for bad in ["rotate_size=1", "rotate_lines=0", "keep=-1", "rotate_on_open=maybe"] {
            assert!(file(bad).is_none(), "{bad}");
        }
        assert!(SinkConfig::parse("stderr:?keep=3").is_err());
    }
}
