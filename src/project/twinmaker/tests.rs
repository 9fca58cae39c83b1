//! What a workspace becomes, by the quirks of the format (reference, section 7).

mod cookie_factory;
mod data;
mod models;
mod names;
mod nodes;
mod robust;
mod rules;
