//! Right values for keys, ready to be copied into a project file.

/// `section.key` or, where the key means the same everywhere, the key alone.
const EXAMPLES: &[(&str, &str)] = &[
    ("action", "action = \"Open the cooling valve.\""),
    ("above", "above = 80.0"),
    ("alarm", "[[alarm]]\nname = \"Filler jammed\"\nsignal = \"Riverside/Line 1/Filler/State\"\nequals = \"HELD\""),
    ("ambience", "ambience = \"directional\""),
    ("asset", "asset = \"Riverside/Line 1/Filler\""),
    ("section.asset", "[[asset]]\npath = \"Riverside/Line 1/Filler\"\nnode = \"Filler\""),
    ("axis", "axis = \"y\""),
    ("background", "background = \"#20242a\""),
    ("below", "below = 20.0"),
    ("binding", "[[binding]]\nasset = \"Riverside/Line 1/Filler\"\neffect = \"colour\"\nrule = \"machine_state\""),
    ("ca_file", "ca_file = \"certs/plant-ca.pem\""),
    ("calibration", "calibration = \"calibration.toml\""),
    ("cast_shadows", "cast_shadows = true"),
    ("client_cert", "client_cert = \"certs/desk.pem\""),
    ("client_key", "client_key = \"certs/desk.key\""),
    ("clip", "clip = \"Rotate\""),
    ("colour", "colour = \"#e5484d\""),
    ("column", "column = \"filler_speed\""),
    ("deadband", "deadband = 2.0"),
    ("description", "description = \"Fills and caps bottles\""),
    ("each", "each = { machine = [\"Filler\", \"Capper\"] }"),
    ("effect", "effect = \"colour\""),
    ("equals", "equals = \"HELD\""),
    ("differs", "differs = \"EXECUTE\""),
    ("eye", "eye = [12.0, 8.0, 15.0]"),
    ("far", "far = 120.0"),
    ("file", "file = \"factory.glb\""),
    ("source.file", "file = \"samples.csv\""),
    ("line.file", "file = \"line.toml\""),
    ("units.file", "file = \"skid.toml\""),
    ("fmu.file", "file = \"skid.fmu\""),
    ("fog", "fog = { colour = \"#20242a\", near = 40.0, far = 120.0 }"),
    ("fov_deg", "fov_deg = 45"),
    ("ground", "ground = \"#3a3f47\""),
    ("history", "[history]\nhours = 8"),
    ("hours", "hours = 8"),
    ("icon", "icon = \"error\""),
    ("if", "if = \"State == 'HELD'\""),
    ("inputs", "inputs = { State = \"Riverside/Line 1/Filler/State\" }"),
    ("intensity", "intensity = 1.0"),
    ("interval_secs", "interval_secs = 0.5"),
    ("key", "key = \"FILLER.SPEED\""),
    ("kind", "kind = \"real\""),
    ("source.kind", "kind = \"mqtt\""),
    ("light.kind", "kind = \"directional\""),
    ("layout", "layout = \"wide\""),
    ("max", "max = 700"),
    ("message", "message = \"The product is too hot.\""),
    ("min", "min = 300"),
    ("model", "[[model]]\nname = \"factory\"\nfile = \"factory.glb\""),
    ("source.model", "model = \"units\""),
    ("twin.model", "model = \"units\""),
    ("motion", "motion = \"rate\""),
    ("name", "name = \"plant\""),
    ("root.name", "name = \"Riverside bottling\""),
    ("view.name", "name = \"Overview\""),
    ("alarm.name", "name = \"Filler jammed\""),
    ("near", "near = 40.0"),
    ("node", "node = \"Filler\""),
    ("nodes", "nodes = [\"Filler\", \"FillerGuard\"]"),
    ("off_delay_secs", "off_delay_secs = 5"),
    ("offset", "offset = [0.0, 2.8, 0.0]"),
    ("on_delay_secs", "on_delay_secs = 5"),
    ("opacity", "opacity = 0.3"),
    ("parameters", "parameters = { \"Filler/MtbfFactor\" = 0.8 }"),
    ("password", "password = \"env:PLANT_PASSWORD\""),
    ("path", "path = \"Riverside/Line 1/Filler\""),
    ("signal.path", "path = \"Riverside/Line 1/Filler/Speed\""),
    ("payload_unit", "payload_unit = \"rpm\""),
    ("permitted_modes", "permitted_modes = [\"EXECUTE\", \"IDLE\"]"),
    ("points", "points = 200000"),
    ("position", "position = [0.0, 0.0, 0.0]"),
    ("priority", "priority = 2"),
    ("qos", "qos = 1"),
    ("quality", "quality = \"/quality\""),
    ("source.quality", "quality = \"quality\""),
    ("range", "range = [0.0, 800.0]"),
    ("rate", "rate = 1.0"),
    ("rate_limit_per_sec", "rate_limit_per_sec = 5.0"),
    ("rotation_deg", "rotation_deg = [0.0, 90.0, 0.0]"),
    ("rule", "rule = \"machine_state\""),
    ("rules", "[rules]\nmachine_state = [{ if = \"State == 'HELD'\", colour = \"#e5484d\" }]"),
    ("scale", "scale = 1.0"),
    ("binding.scale", "scale = [[20, \"#3b82f6\"], [80, \"#e5484d\"]]"),
    ("rules.scale", "scale = [[20, \"#3b82f6\"], [80, \"#e5484d\"]]"),
    ("scene", "[scene]\nambience = \"directional\""),
    ("seed", "seed = 1"),
    ("setpoint", "[[setpoint]]\nsignal = \"Riverside/Line 1/Filler/Speed setpoint\"\nmin = 300\nmax = 700"),
    ("signal", "signal = \"Riverside/Line 1/Filler/Speed\""),
    ("section.signal", "[[signal]]\npath = \"Riverside/Line 1/Filler/Speed\"\nunit = \"/min\""),
    ("source.signal", "signal = \"tag\""),
    ("source", "source = \"plant\""),
    ("section.source", "[[source]]\nname = \"plant\"\nkind = \"emulator\""),
    ("step", "step = 10"),
    ("step_secs", "step_secs = 0.1"),
    ("step_limit_secs", "step_limit_secs = 30"),
    ("memory_mib", "memory_mib = 4096"),
    ("subscribe", "subscribe = [\"line1/#\"]"),
    ("tag", "tag = { icon = \"info\" }"),
    ("tag_scale", "tag_scale = 1.0"),
    ("target", "target = [0.0, 1.0, 0.0]"),
    ("text", "text = \"Speed\""),
    ("time", "time = \"/time\""),
    ("source.time", "time = \"time\""),
    ("time_format", "time_format = \"epoch_ms\""),
    ("token", "token = \"env:PLANT_TOKEN\""),
    ("topic", "topic = \"line1/filler/speed\""),
    ("twin", "twin = \"Tank1/Level\""),
    ("root.twin", "[twin]\nmodel = \"units\"\nfile = \"skid.toml\""),
    ("twinmaker", "twinmaker = \"../cookiefactory\""),
    ("unit", "unit = \"Cel\""),
    ("model.unit", "unit = \"mm\""),
    ("url", "url = \"mqtts://broker.plant:8883\""),
    ("user", "user = \"twinscope\""),
    ("value", "value = \"Speed * 6\""),
    ("signal.value", "value = \"/speed\""),
    ("source.value", "value = \"value\""),
    ("variable", "variable = \"Filler/Speed\""),
    ("version", "version = 5"),
    ("view", "[[view]]\nname = \"Overview\"\neye = [12.0, 8.0, 15.0]\ntarget = [0.0, 1.0, 0.0]"),
    ("warm_up_secs", "warm_up_secs = 600"),
    ("when", "when = [{ if = \"State == 'HELD'\", colour = \"#e5484d\" }]"),
    ("where", "where = { \"/machine\" = \"filler\" }"),
];

/// A right line for a key, `section.key` before the key alone; empty where there is none.
pub fn example_for(key: &str) -> &'static str {
    let find = |key: &str| EXAMPLES.iter().find(|(known, _)| *known == key).map(|(_, example)| *example);
    find(key).or_else(|| find(key.rsplit('.').next()?)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_toml_and_has_its_key() {
        for (key, example) in EXAMPLES {
            let table: toml::Table = toml::from_str(example).unwrap_or_else(|error| panic!("{example}: {error}"));
            let key = key.rsplit('.').next().unwrap_or(key);
            assert!(table.contains_key(key), "{key}: {example}");
        }
    }

    #[test]
    fn sections_come_before_keys() {
        assert_eq!(example_for("source.kind"), "kind = \"mqtt\"");
        assert_eq!(example_for("signal.kind"), "kind = \"real\"");
        assert_eq!(example_for("signal.nonsense"), "");
    }
}
