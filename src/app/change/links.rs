//! The ways over which changes reach the plant, as a project declares them.

mod network;
mod opcua;

use std::collections::HashMap;

use crate::app::emulator::{Port, Ports};
use crate::control::links::io::Io;
use crate::control::links::{Links, PlantLink, ReadBack, WriteOutcome, WriteRequest};
use crate::domain::quality::Quality;
use crate::domain::write_target::WriteTarget;
use crate::project::Project;

/// All links of a project. Those over a network begin to connect. A target that cannot be written yet has none:
/// the guards say so.
///
/// # Errors
/// In words, when there is no thread for them.
pub fn of(project: &Project, ports: &Ports) -> Result<Links, String> {
    let io = Io::start().map_err(|error| format!("The thread for links cannot be had: {error}."))?;
    let mut links = Links::default();
    emulated(&mut links, project, ports);
    opcua::add(&mut links, project, &io);
    network::mqtt(&mut links, project, &io);
    network::http(&mut links, project, &io);
    Ok(links)
}

fn emulated(links: &mut Links, project: &Project, ports: &Ports) {
    for (source, port) in ports.iter() {
        let parameters: HashMap<String, String> = project
            .write_targets
            .iter()
            .filter(|address| address.source == *source)
            .filter_map(|address| match &address.target {
                WriteTarget::Emulator { parameter } => {
                    Some((project.catalog.get(address.signal)?.path.clone(), parameter.clone()))
                }
                _ => None,
            })
            .collect();
        let signals: Vec<String> = parameters.keys().cloned().collect();
        if !signals.is_empty() {
            links.add(Box::new(EmulatorLink { port: port.clone(), parameters }), signals);
        }
    }
}

/// The plant that is emulated in this program. It has no watchdog: it dies with the program.
struct EmulatorLink {
    port: Port,
    /// Tag path -> parameter of the model.
    parameters: HashMap<String, String>,
}

impl EmulatorLink {
    fn parameter(&self, signal: &str) -> Result<&str, String> {
        self.parameters.get(signal).map(String::as_str).ok_or_else(|| format!("the emulated plant has no {signal}"))
    }
}

impl PlantLink for EmulatorLink {
    fn connected(&self) -> Result<(), String> {
        self.port.connected()
    }

    fn write(&mut self, request: &WriteRequest) -> WriteOutcome {
        let parameter = match self.parameter(request.signal()) {
            Ok(parameter) => parameter,
            Err(words) => return WriteOutcome::Rejected(words),
        };
        match self.port.set(parameter, request.value()) {
            Ok(Ok(())) => WriteOutcome::Accepted,
            Ok(Err(words)) => WriteOutcome::Rejected(words),
            Err(words) => WriteOutcome::Unknown(words),
        }
    }

    fn read(&mut self, signal: &str) -> Result<ReadBack, String> {
        let (value, source_time) = self.port.get(self.parameter(signal)?)?;
        Ok(ReadBack { value, source_time, quality: Quality::Good })
    }

    fn reads_back(&self, signal: &str) -> bool {
        self.parameters.contains_key(signal)
    }

    fn watchdog(&self, _: &str) -> bool {
        false
    }

    fn arm(&mut self, _: &str, _: f64) -> Result<(), String> {
        Err("the emulated plant has no watchdog".to_owned())
    }

    fn feed(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn release(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }
}
