//! What the protocol notes say, held against the shipped profiles: parameter numbers, limits, printed frames, field counts.

mod families;
mod queclink;
mod teltonika;

use super::tests::key;
use super::{
    Access, Captures, Exchange, Pattern, Place, Profile, ProfileRegistry, Reply, Setting,
    from_wire, to_wire,
};
use crate::setting::{SettingKind, Value};
use std::sync::Arc;

fn profile(id: &str) -> Arc<Profile> {
    Arc::clone(ProfileRegistry::shipped().get(id).unwrap())
}

fn on(profile: &Profile, variant: &str, setting: &str) -> Setting {
    let variant = profile.variant(variant).unwrap();
    profile.setting_on(variant, &key(setting)).unwrap()
}

fn places(setting: &Setting) -> String {
    let texts: Vec<String> = setting.places.iter().map(Place::to_string).collect();
    texts.join(" ")
}

/// What a reply's first fitting pattern catches.
fn caught(exchange: &Exchange, reply: usize, frame: &str) -> Captures {
    let Reply::Frame { any, .. } = &exchange.replies[reply] else {
        panic!("a table");
    };
    any.iter()
        .find_map(|pattern| pattern.parse(frame))
        .unwrap_or_else(|| panic!("nothing fits {frame}"))
}
