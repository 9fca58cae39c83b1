//! Arguments in, exit message out.

use std::process::ExitCode;

use clap::Parser;
use twinscope::app::{self, args::Args};

fn main() -> ExitCode {
    match app::run(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
