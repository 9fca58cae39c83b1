//! Arguments in, exit message out.

use std::process::ExitCode;

use twinscope::app::{self, args::Args};

fn main() -> ExitCode {
    match app::run(Args::of_process()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
