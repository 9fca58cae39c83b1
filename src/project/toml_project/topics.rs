//! MQTT topics and topic filters, after MQTT 5.0 section 4.7 (3.1.1 says the same).

const LONGEST: usize = 65_535;

/// # Errors
/// When the text cannot be the topic of a message.
pub fn check_topic(topic: &str) -> Result<(), String> {
    if topic.contains(['+', '#']) {
        return Err(format!("expected a topic without + and #, found \"{topic}\""));
    }
    check_text(topic)
}

/// # Errors
/// When the text is not a topic filter.
pub fn check_filter(filter: &str) -> Result<(), String> {
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let wild = level.contains(['+', '#']);
        if wild && level.len() > 1 || level == "#" && levels.peek().is_some() {
            return Err(format!("expected + for a whole level, or # for all at the end, found \"{filter}\""));
        }
    }
    check_text(filter)
}

fn check_text(text: &str) -> Result<(), String> {
    match text {
        "" => Err("expected a topic, found an empty text".to_owned()),
        _ if text.contains('\0') => Err("expected a topic without the character 0, found one with it".to_owned()),
        _ if text.len() > LONGEST => Err(format!("expected at most {LONGEST} bytes, found {}", text.len())),
        _ => Ok(()),
    }
}

/// True when messages of the topic pass the filter.
pub fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let (mut wanted, mut given) = (filter.split('/'), topic.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (Some("#"), _) => return true,
            (Some("+"), Some(_)) => {}
            (Some(wanted), Some(given)) if wanted == given => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of MQTT 5.0, 4.7.1 and 4.7.2.
    #[test]
    fn filters_match_as_the_standard_says() {
        for (filter, topic, expected) in [
            ("sport/tennis/player1/#", "sport/tennis/player1", true),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false),
            ("sport/+", "sport", false),
            ("sport/+", "sport/", true),
            ("+/+", "/finance", true),
            ("+", "/finance", false),
            ("#", "$SYS/broker", false),
            ("$SYS/#", "$SYS/broker", true),
        ] {
            assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
        }
    }

    #[test]
    fn filters_and_topics_are_checked() {
        let filters = ["sport/tennis#", "sport/tennis/#/ranking", "sport+", "#", "+/tennis/#", ""];
        assert_eq!(filters.map(|filter| check_filter(filter).is_ok()), [false, false, false, true, true, false]);
        assert_eq!(["a/b", "a/+", "a/#", ""].map(|topic| check_topic(topic).is_ok()), [true, false, false, false]);
    }
}
