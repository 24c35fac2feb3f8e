//! Opens a port and finds out who answers, at every speed that some family has: at another speed than its own a unit hears noise.

use super::reading::{open_when_free, recognise};
use crate::link::{Notice, Ports, Session};
use fleet::dialogue::Knowledge;
use fleet::{Fault, Identity, Profile, Secret};
use std::sync::Arc;

/// Families with what a dialogue with each may know.
pub(super) type Families = Vec<(Arc<Profile>, Knowledge)>;

/// Who answers on the port, and the session with it. Where families have several speeds, each of them has a short look first, so that a unit that
/// answers at once is soon known whatever its speed.
///
/// # Errors
/// Why nobody known answered, or why the port cannot be opened.
pub(super) async fn greet(
    ports: &Ports,
    port: &str,
    families: Families,
    single: &[Secret],
    notice: impl Fn(Notice) + Send + Clone + 'static,
) -> Result<(Session, Identity), Fault> {
    let groups = by_line(families);
    let passes: &[bool] = if groups.len() > 1 {
        &[true, false]
    } else {
        &[false]
    };
    let mut told = Fault::Silent;
    for glance in passes {
        for group in &groups {
            let Some((profile, _)) = group.first() else {
                continue;
            };
            let open = open_when_free(ports, port, &profile.line).await?;
            let session = Session::start(open, port, notice.clone())?;
            let answer = if *glance {
                session.glance(group.clone()).await
            } else {
                recognise(&session, group.clone(), single.to_vec()).await
            };
            match answer {
                Ok(identity) => return Ok((session, identity)),
                Err(Fault::Silent) => {}
                Err(fault) if *glance && may_be_another_speed(&fault) => {}
                Err(fault @ Fault::NotAKnownUnit { .. }) => {
                    if told == Fault::Silent {
                        told = fault;
                    }
                }
                Err(fault) => return Err(fault),
            }
        }
    }
    Err(told)
}

/// Whether a short look at one speed says nothing about the other ones.
fn may_be_another_speed(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::NotAKnownUnit { .. }
            | Fault::NoAnswer { .. }
            | Fault::ReplyIncomplete { .. }
            | Fault::WrongPassword
            | Fault::LabelNeeded
            | Fault::ModemPort
            | Fault::LogPort
            | Fault::BinaryMode
            | Fault::TooMuch { .. }
    )
}

/// The families in groups that one opening of the port can serve, in their order.
fn by_line(families: Families) -> Vec<Families> {
    let line = |profile: &Profile| (profile.line.baud, profile.line.parity);
    let mut groups: Vec<Families> = Vec::new();
    for each in families {
        let alike = |group: &&mut Families| {
            let first = group.first();
            first.is_some_and(|(profile, _)| line(profile) == line(&each.0))
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(each),
            None => groups.push(vec![each]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet::profile::ProfileRegistry;

    #[test]
    fn families_of_one_speed_are_asked_together_and_others_at_their_own() {
        let acme = include_str!("../../crates/fleet/tests/families/acme.toml");
        let registry = ProfileRegistry::shipped().with_overlay("acme.toml", acme);
        let all = registry
            .all()
            .map(|each| (Arc::clone(each), Knowledge::default()));
        let groups = by_line(all.collect());
        let speeds: Vec<u32> = groups.iter().map(|group| group[0].0.line.baud).collect();
        assert!(speeds.len() == 2 && speeds.contains(&9_600) && speeds.contains(&115_200));
        let own = groups.iter().find(|group| group[0].0.line.baud == 9_600);
        assert_eq!(own.unwrap().len(), 1);
        assert_eq!(
            groups.iter().map(Vec::len).sum::<usize>(),
            registry.all().count()
        );
    }
}
