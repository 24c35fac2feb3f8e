//! Dialogues with simulated units of every shipped model, clean and with what can be wrong with them.

use super::*;

fn models() -> Vec<(String, String)> {
    ProfileRegistry::shipped()
        .all()
        .flat_map(|profile| {
            let units = profile.simulator.units.iter();
            units
                .map(|unit| (profile.id.clone(), unit.variant.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn families() -> Vec<(Arc<Profile>, Knowledge)> {
    [FMB, QUECLINK]
        .map(|id| (profile(id), Knowledge::default()))
        .to_vec()
}

#[test]
fn every_simulated_model_is_recognised_and_read() {
    for (family, model) in models() {
        let mut now = Moment(1000);
        let mut unit = simulated(&family, &model, &[]);
        let mut recognition = Recognition::new(families(), now);
        let RecognitionEvent::Recognised(mut dialogue, identity) =
            recognise(&mut recognition, &mut unit, &mut now)
        else {
            panic!("{family} {model}");
        };
        assert_eq!(identity.variant, model);
        assert_eq!(identity.id.as_str(), unit.identity().id());
        let first = now.since_ms(Moment(1000));
        let reading = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
        eprintln!(
            "{family} {model}: known after {first} ms, read after {} ms, {} places",
            now.0,
            reading.places.len()
        );
        assert!(reading.complete, "{family} {model}");
        let named =
            |place: &Place| !matches!(place, Place::Field { field, .. } if field.starts_with('_'));
        for (place, text) in unit.ram().iter().filter(|(place, _)| named(place)) {
            assert_eq!(
                reading.get(place),
                Some(text.as_str()),
                "{family} {model} {place}"
            );
        }
    }
}
