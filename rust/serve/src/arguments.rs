//! The arguments with which TensorBoard starts a server of data.

use std::path::PathBuf;
use std::time::Duration;

use crate::index::usual_directory;
use crate::listing::Place;
use crate::pattern::Pattern;
use crate::samples::Samples;
use crate::settings::Settings;

/// How to use the program.
pub const USAGE: &str = "\
usage: tensorbolt-data-server --logdir=DIRECTORY [options]

Serves TensorBoard's data from event files. TensorBoard starts it, if the environment variable
TENSORBOARD_DATA_SERVER_BINARY names it; or start it yourself, and pass its address with
tensorboard --grpc_data_provider=localhost:PORT.

  --logdir=DIRECTORY              read the event files below it; or an address such as s3://bucket/log
  --reload=SECONDS|once           look for what is new at this interval (5)
  --samples-per-plugin=NAME=N,... keep so many points of a series, or all
  --port=N                        port to listen on; 0 for any (6806)
  --host=NAME                     address to listen on (localhost)
  --port-file=FILE                write the port into it
  --error-file=FILE               write into it why the program cannot start
  --die-after-stdin               end when standard input is closed
  --checksum, --no-checksum       compare payloads with their checksums, or not (--checksum)
  --memory=MIB                    memory that points may take; those that are not asked for stay in the index, and without
                                  one longer series are thinned out (a quarter of the machine's)
  --group=PATTERN                 also show mean, min and max of the runs in whose names a regular expression
                                  finds the same text in its brackets; may be given several times
  --index=DIRECTORY|off           remember there what was read, for the next start ($XDG_CACHE_HOME/tensorbolt/index, or
                                  ~/.cache/tensorbolt/index)
  --threads=N                     threads that read; 0 for as many as there are cores, at most 8 (0)
  --verbose, -v                   more messages on standard error
";
const USUAL_PORT: u16 = 6806;
const USUAL_INTERVAL: Duration = Duration::from_secs(5);

/// What the program is asked to do.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// What is served.
    pub settings: Settings,
    /// Why an address cannot be served; it has an exit status of its own.
    pub wrong_log: Option<String>,
    /// Where.
    pub host: String,
    /// Its port, or 0.
    pub port: u16,
    /// Gets the port.
    pub port_file: Option<PathBuf>,
    /// Gets the reason of a failure.
    pub error_file: Option<PathBuf>,
    /// True if the program ends with its standard input.
    pub dies_after_stdin: bool,
    /// How many times more messages were asked for.
    pub verbosity: usize,
    /// True if the program is to say how it is used, and nothing else.
    pub wants_help: bool,
}

impl Arguments {
    /// Without the name of the program. An error comes with the file that wants to know of it.
    ///
    /// # Errors
    ///
    /// A sentence about an argument that is missing, unknown or wrong.
    pub fn parse(arguments: &[String]) -> Result<Self, (String, Option<PathBuf>)> {
        let mut parsed = Self::usual();
        parsed
            .take(arguments)
            .map_err(|text| (text, parsed.error_file.clone()))?;
        Ok(parsed)
    }

    fn usual() -> Self {
        Self {
            settings: Settings {
                places: Vec::new(),
                interval: Some(USUAL_INTERVAL),
                samples: Samples::default(),
                checksum: true,
                memory: None,
                index: usual_directory(),
                threads: 0,
                groups: Vec::new(),
            },
            wrong_log: None,
            host: "localhost".into(),
            port: USUAL_PORT,
            port_file: None,
            error_file: None,
            dies_after_stdin: false,
            verbosity: 0,
            wants_help: false,
        }
    }

    fn take(&mut self, arguments: &[String]) -> Result<(), String> {
        let error_file = arguments
            .iter()
            .find_map(|one| one.strip_prefix("--error-file="));
        self.error_file = error_file.map(Into::into);
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            if let Some(flag) = Self::flag(name) {
                if value.is_some() {
                    return Err(format!("{name} takes no value"));
                }
                flag(self);
                continue;
            }
            let value = value.or_else(|| rest.next().cloned());
            let value = value.ok_or_else(|| format!("{name} needs a value: {name}=..."))?;
            self.option(name, &value)?;
        }
        let has_log = !self.settings.places.is_empty() || self.wrong_log.is_some();
        if !has_log && !self.wants_help {
            return Err("--logdir is missing; pass --logdir=DIRECTORY".into());
        }
        Ok(())
    }

    /// What an argument without a value does.
    fn flag(name: &str) -> Option<fn(&mut Self)> {
        Some(match name {
            "--die-after-stdin" => |all| all.dies_after_stdin = true,
            "--checksum" => |all| all.settings.checksum = true,
            "--no-checksum" => |all| all.settings.checksum = false,
            "--verbose" | "-v" => |all| all.verbosity += 1,
            "-vv" => |all| all.verbosity += 2,
            "--help" | "-h" => |all| all.wants_help = true,
            _ => return None,
        })
    }

    fn option(&mut self, name: &str, value: &str) -> Result<(), String> {
        let wrong = |what: &str| format!("{name} must be {what}, but is {value:?}");
        match name {
            "--logdir" => {
                let environment: Vec<_> = std::env::vars().collect();
                match Place::new(String::new(), value, &[], &environment) {
                    Ok(place) => self.settings.places.push(place),
                    Err(error) => self.wrong_log = Some(error.to_string()),
                }
            }
            "--memory" => {
                let megabytes: usize = value.parse().map_err(|_| wrong("a number of MiB"))?;
                self.settings.memory = Some(megabytes.saturating_mul(1 << 20));
            }
            "--group" => {
                let pattern = Pattern::new(value).map_err(|error| error.to_string())?;
                self.settings.groups.push(pattern);
            }
            "--index" => {
                self.settings.index = (value != "off").then(|| value.into());
            }
            "--reload" => {
                self.settings.interval =
                    interval(value).ok_or_else(|| wrong("a number of seconds, or \"once\""))?;
            }
            "--samples-per-plugin" => {
                self.settings.samples = samples(value)
                    .ok_or_else(|| wrong("plugins with numbers, such as scalars=500,images=all"))?;
            }
            "--port" => self.port = value.parse().map_err(|_| wrong("a port"))?,
            "--host" => self.host = value.into(),
            "--port-file" => self.port_file = Some(value.into()),
            "--error-file" => self.error_file = Some(value.into()),
            "--threads" => {
                self.settings.threads = value.parse().map_err(|_| wrong("a number"))?;
            }
            _ => return Err(format!("there is no argument {name}; --help lists them")),
        }
        Ok(())
    }
}

#[expect(
    clippy::option_option,
    reason = "none of an interval is not none of a text"
)]
fn interval(text: &str) -> Option<Option<Duration>> {
    if text == "once" {
        return Some(None);
    }
    let seconds: f64 = text.parse().ok()?;
    let interval = Duration::try_from_secs_f64(seconds).ok()?;
    Some(Some(interval).filter(|interval| !interval.is_zero()))
}

fn samples(text: &str) -> Option<Samples> {
    let pairs = text.split(',').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (plugin, number) = pair.split_once('=')?;
        let number = match number {
            "all" => None,
            number => Some(number.parse().ok()?),
        };
        Some((plugin.to_owned(), number))
    };
    Some(Samples::new(pairs.map(pair).collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::time::Duration;

    use super::Arguments;

    fn parse(line: &str) -> Result<Arguments, String> {
        let words: Vec<String> = line.split_whitespace().map(Into::into).collect();
        Arguments::parse(&words).map_err(|(text, _)| text)
    }

    #[test]
    fn what_tensorboard_passes_is_understood() {
        let all = parse(
            "--logdir=/a/b --reload=5 --samples-per-plugin=scalars=all,images=5000 --port=0 --port-file=/p \
             --die-after-stdin --error-file=/e --verbose --verbose --no-checksum",
        )
        .unwrap();
        assert_eq!(all.settings.location(), "/a/b");
        assert_eq!(all.settings.interval, Some(Duration::from_secs(5)));
        assert_eq!(all.settings.samples.of("scalars"), usize::MAX);
        assert_eq!(all.settings.samples.of("images"), 5000);
        assert_eq!(all.settings.samples.of("text"), 1000);
        assert!(all.dies_after_stdin && !all.settings.checksum);
        assert_eq!((all.port, all.verbosity), (0, 2));
        let once = parse("--logdir /a --reload once --samples-per-plugin=").unwrap();
        assert_eq!(once.settings.interval, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, name) in [
            ("", "--logdir"),
            ("--logdir=a --reload=soon", "--reload"),
            ("--logdir=a --reload=-1", "--reload"),
            (
                "--logdir=a --samples-per-plugin=scalars",
                "--samples-per-plugin",
            ),
            ("--logdir=a --port=99999", "--port"),
            ("--logdir=a --nothing=1", "--nothing"),
            ("--logdir=a --checksum=1", "--checksum"),
            ("--logdir", "--logdir"),
        ] {
            let text = parse(line).unwrap_err();
            assert!(text.contains(name), "{line}: {text}");
        }
        let words = ["--error-file=/e".to_owned(), "--port=x".to_owned()];
        let (_, file) = Arguments::parse(&words).unwrap_err();
        assert_eq!(file, Some("/e".into()));
    }
}
