//! The command line comes in, options with their values go out. Knows no option itself.

use std::ffi::OsString;

use super::Failure;

/// Options in the order in which they were given, each with the values up to the next option.
pub struct Arguments(Vec<(String, Vec<String>)>);

impl Arguments {
    /// Reads what follows the name of the program.
    pub fn read(given: impl Iterator<Item = OsString>, known: &[&str]) -> Result<Self, Failure> {
        let mut options: Vec<(String, Vec<String>)> = Vec::new();
        for argument in given {
            let argument = argument.into_string().map_err(|_| Failure::usage("an argument is not UTF-8"))?;
            match options.last_mut() {
                _ if known.contains(&argument.as_str()) => options.push((argument, Vec::new())),
                Some((_, values)) if !argument.starts_with('-') => values.push(argument),
                _ => return Err(Failure::usage(&format!("unexpected argument `{argument}`"))),
            }
        }
        Ok(Self(options))
    }

    /// Takes all values of an option, which may be given several times; none when it was not given.
    pub fn values(&mut self, option: &str) -> Result<Vec<String>, Failure> {
        let mut all = Vec::new();
        while let Some(values) = self.take(option) {
            if values.is_empty() {
                return Err(Failure::usage(&format!("`{option}` needs a value")));
            }
            all.extend(values);
        }
        Ok(all)
    }

    /// Takes the one value of an option.
    pub fn value(&mut self, option: &str) -> Result<Option<String>, Failure> {
        let mut values = self.values(option)?;
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(Failure::usage(&format!("`{option}` takes one value, not `{}`", values.join("` and `")))),
        }
    }

    fn take(&mut self, option: &str) -> Option<Vec<String>> {
        let at = self.0.iter().position(|(name, _)| name == option)?;
        Some(self.0.remove(at).1)
    }
}
