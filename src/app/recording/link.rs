//! Links to a moment: `twinscope://open?recording=...&at=...&camera=...&select=...`.

use std::path::PathBuf;

use thiserror::Error;
use url::Url;

use crate::domain::recording::Pose;
use crate::domain::time::{TimeParseError, Timestamp};

/// Links begin so.
pub const SCHEME: &str = "twinscope";

/// Where a link leads.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct DeepLink {
    pub project: Option<PathBuf>,
    pub recording: Option<PathBuf>,
    pub at: Option<Timestamp>,
    pub camera: Option<Pose>,
    /// Path of the asset to select.
    pub select: Option<String>,
}

#[derive(Error, Clone, PartialEq, Debug)]
pub enum LinkError {
    #[error("\"{0}\" is no twinscope link; it begins with twinscope://open?")]
    NotALink(String),
    #[error("the link's time {0}")]
    Time(#[from] TimeParseError),
    #[error("the link's camera \"{0}\" is not six numbers with commas")]
    Camera(String),
}

impl DeepLink {
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let not_a_link = || LinkError::NotALink(text.chars().take(60).collect());
        let url = Url::parse(text.trim()).map_err(|_| not_a_link())?;
        if url.scheme() != SCHEME || url.host_str() != Some("open") {
            return Err(not_a_link());
        }
        let mut link = Self::default();
        for (key, value) in url.query_pairs() {
            match &*key {
                "project" => link.project = Some(PathBuf::from(&*value)),
                "recording" => link.recording = Some(PathBuf::from(&*value)),
                "at" => link.at = Some(Timestamp::parse(&value)?),
                "camera" => link.camera = Some(pose(&value).ok_or_else(|| LinkError::Camera(value.to_string()))?),
                "select" => link.select = Some(value.into_owned()),
                // A later version may say more.
                _ => {}
            }
        }
        Ok(link)
    }

    pub fn text(&self) -> String {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let camera = self.camera.map(|Pose { eye, focus }| {
            let numbers: Vec<String> = eye.iter().chain(&focus).map(|number| format!("{number:.2}")).collect();
            numbers.join(",")
        });
        let pairs = [
            ("project", path(&self.project)),
            ("recording", path(&self.recording)),
            ("at", self.at.map(|at| at.to_string())),
            ("camera", camera),
            ("select", self.select.clone()),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in pairs {
            value.iter().for_each(|value| {
                query.append_pair(key, value);
            });
        }
        format!("{SCHEME}://open?{}", query.finish())
    }
}

fn pose(text: &str) -> Option<Pose> {
    let numbers: Vec<f32> = text.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    let [a, b, c, d, e, f] = numbers.try_into().ok()?;
    let pose = Pose { eye: [a, b, c], focus: [d, e, f] };
    pose.eye.iter().chain(&pose.focus).all(|number| number.is_finite()).then_some(pose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_back_to_where_it_was_copied() {
        let link = DeepLink {
            project: None,
            recording: Some(PathBuf::from("/data/Schicht 1 & 2/früh.mcap")),
            at: Some(Timestamp::from_millis(1_700_000_000_250)),
            camera: Some(Pose { eye: [1.5, 2.0, -3.25], focus: [0.0, 1.0, 0.0] }),
            select: Some("Riverside/Line 1/Filler".into()),
        };
        let text = link.text();
        assert!(text.starts_with("twinscope://open?recording=") && !text.contains(' '), "{text}");
        assert_eq!(DeepLink::parse(&text), Ok(link));
        assert_eq!(DeepLink::parse(&DeepLink::default().text()), Ok(DeepLink::default()));
    }

    #[test]
    fn what_is_wrong_with_a_link_is_said() {
        let message = |text| DeepLink::parse(text).expect_err("it is wrong").to_string();
        assert!(message("https://example.org").contains("begins with twinscope://open?"));
        assert!(message("twinscope://open?at=noon").contains("not a moment"));
        assert!(message("twinscope://open?camera=1,2").contains("six numbers"));
        assert!(message("twinscope://open?camera=1,2,3,4,5,NaN").contains("six numbers"));
    }
}
