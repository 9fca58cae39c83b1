//! Where a scene asks for data: which component of which entity, through which rule, for what.

use super::document::Place;
use crate::domain::colour::Rgba;

/// One place in the scene that data is bound to.
#[derive(Debug)]
pub struct Use<'a> {
    /// Number of the node in the document.
    pub node: usize,
    pub purpose: Purpose,
    /// Id of the rule, where it stands.
    pub rule: Option<(&'a str, Place<'a>)>,
    /// What the data belongs to; none where nothing is bound.
    pub data: Option<DataRef<'a>>,
    /// The component or setting that asks.
    pub place: Place<'a>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Purpose {
    /// Says which entity the node shows, and nothing more.
    Mark,
    /// Look of the meshes.
    Shader,
    /// Sign of a tag, with the colour that its Custom sign has.
    Sign {
        custom: Option<Rgba>,
    },
    Speed,
    Foreground,
    Background,
}

/// A dataBindingContext, with `${name}` templates filled in.
#[derive(Debug)]
pub struct DataRef<'a> {
    pub entity_id: &'a str,
    pub component: Option<&'a str>,
    pub property: Option<&'a str>,
    pub place: Place<'a>,
}

/// Values of the `${name}` templates, from the scene's dataBindingConfig. Other programs take them
/// from their host; a desk has none, so the stored values hold.
#[derive(Debug)]
pub struct Templates<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Templates<'a> {
    pub fn new(scene: &Place<'a>) -> Self {
        let config = scene.get("properties").and_then(|properties| properties.get("dataBindingConfig"));
        let entries = config.map(|config| config.entries("template")).unwrap_or_default();
        Self(entries.into_iter().filter_map(|(name, place)| Some((name, place.value().as_str()?))).collect())
    }

    /// The text itself, or what its template stands for. Only a whole text is a template.
    fn fill(&self, text: &'a str, place: &Place) -> Option<&'a str> {
        let Some(name) =
            text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|name| !name.is_empty())
        else {
            return Some(text);
        };
        let value = self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        if value.is_none() {
            let meaning = "Bindings that use it ({count}) have no data. Give it a value in properties.dataBindingConfig.template.";
            let example = format!("\"template\": {{ \"{name}\": \"Mixer_0\" }}");
            let message = format!("the template {text} has no value");
            let problem = || place.problem(crate::project::Severity::Warning, message, meaning, example);
            place.report().count(format!("template {name}"), problem);
        }
        value
    }

    /// The data that a component's `valueDataBinding` asks for.
    pub fn data_ref(&self, owner: &Place<'a>) -> Option<DataRef<'a>> {
        let place = owner.get("valueDataBinding")?.get("dataBindingContext")?;
        let text = |key: &'static str| place.text(key).map(|text| self.fill(text, &place));
        let entity_id = text("entityId").flatten()?;
        // A template without value leaves no binding at all, not a binding to the whole entity.
        let (component, property) = (text("componentName"), text("propertyName"));
        if component == Some(None) || property == Some(None) {
            return None;
        }
        Some(DataRef { entity_id, component: component.flatten(), property: property.flatten(), place })
    }
}
