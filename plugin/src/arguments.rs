//! The command line as the framework should see it.
//! Runs once, before anything else.
//! Under JACK, rate and period are those of the server, not the framework's 48000 and 512; the wrong rate would be a
//! wrong pitch (test: `the_server_decides_rate_and_period`).

/// Rate and period of a running JACK server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Hertz.
    pub rate: u32,
    /// Samples.
    pub period: u32,
}

/// Why the program does not start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// JACK was asked for by name.
    #[error("no JACK server is running. Start one, or leave `--backend` out to use the system's audio")]
    NoJack,
}

/// The backend as named on the command line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backend {
    /// JACK where it runs, else the system's.
    Auto,
    Jack,
    Other,
}

/// `given`, with the server's rate and period where the framework will use JACK.
pub fn for_framework(given: Vec<String>, server: impl FnOnce() -> Option<Server>) -> Result<Vec<String>, StartError> {
    let backend = backend(&given);
    if backend == Backend::Other || given.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h")) {
        return Ok(given);
    }
    match server() {
        Some(server) => {
            let mut arguments = without(given, &["--sample-rate", "-r", "--period-size", "-p"]);
            arguments.extend(["--sample-rate".into(), server.rate.to_string()]);
            arguments.extend(["--period-size".into(), server.period.to_string()]);
            Ok(arguments)
        }
        None if backend == Backend::Jack => Err(StartError::NoJack),
        None => Ok(given),
    }
}

/// Asks a running server; starts none.
pub fn jack_server() -> Option<Server> {
    let (client, _) = jack::Client::new("timbrel-query", jack::ClientOptions::NO_START_SERVER).ok()?;
    Some(Server { rate: client.sample_rate(), period: client.buffer_size() })
}

fn backend(arguments: &[String]) -> Backend {
    let mut named = None;
    for (index, argument) in arguments.iter().enumerate() {
        if matches!(argument.as_str(), "--backend" | "-b") {
            named = arguments.get(index + 1).cloned();
        } else if let Some(value) = argument.strip_prefix("--backend=").or_else(|| argument.strip_prefix("-b")) {
            named = Some(value.trim_start_matches('=').to_owned());
        }
    }
    match named.as_deref() {
        None | Some("auto") => Backend::Auto,
        Some("jack") => Backend::Jack,
        Some(_) => Backend::Other,
    }
}

/// `arguments` without the options called `names`, whether their value follows or is joined to them.
fn without(arguments: Vec<String>, names: &[&str]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut is_value = false;
    for argument in arguments {
        if std::mem::take(&mut is_value) {
            continue;
        }
        if names.contains(&argument.as_str()) {
            is_value = true;
            continue;
        }
        let is_joined = |name: &&str| {
            let rest = argument.strip_prefix(*name);
            rest.is_some_and(|rest| rest.starts_with('=') || !name.starts_with("--"))
        };
        if !names.iter().any(is_joined) {
            kept.push(argument);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: Server = Server { rate: 44_100, period: 256 };

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_server_decides_rate_and_period() {
        for given in ["timbrel", "timbrel -r 96000 -p64", "timbrel --backend=jack --sample-rate=96000 --period-size 64"]
        {
            let arguments = for_framework(words(given), || Some(SERVER)).unwrap().join(" ");
            assert!(arguments.ends_with("--sample-rate 44100 --period-size 256"), "{arguments}");
            assert!(!arguments.contains("96000") && !arguments.contains("64"), "{arguments}");
        }
    }

    #[test]
    fn other_backends_are_left_alone() {
        let given = words("timbrel -b dummy -r 96000");
        assert_eq!(for_framework(given.clone(), || Some(SERVER)), Ok(given));
    }

    #[test]
    fn jack_by_name_needs_a_server() {
        assert_eq!(for_framework(words("timbrel -b jack"), || None), Err(StartError::NoJack));
        assert!(for_framework(words("timbrel"), || None).is_ok());
    }
}
