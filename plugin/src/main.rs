//! Timbrel without a host: plays from a MIDI keyboard through JACK, ALSA, Core Audio or WASAPI.
//! `timbrel-standalone --help` lists the options; the framework reads them.
//! Under JACK the plugin is told the server's own rate and period (test: `the_server_decides_rate_and_period`).

mod arguments;

use std::process::ExitCode;

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().collect();
    let arguments = match arguments::for_framework(given, arguments::jack_server) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("Timbrel: {error}");
            return ExitCode::FAILURE;
        }
    };
    if nice_plug::wrapper::standalone::nice_export_standalone_with_args::<timbrel::Timbrel, _>(arguments) {
        ExitCode::SUCCESS
    } else {
        eprintln!("Timbrel: ended with an error, see above. `--backend dummy` runs without an audio device.");
        ExitCode::FAILURE
    }
}
