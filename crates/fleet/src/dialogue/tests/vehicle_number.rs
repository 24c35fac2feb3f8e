//! Queclink models for vehicles put the VIN into every frame, before the device's name; it is empty until somebody sets it.

use super::*;

const HEAD: &str = "360201,864251020143727";
const FRI: &str = "1,0,,1,0000,0000,,10,1000,1000,,45,600,,,,";

/// What a GV500 says, with `vin` in each frame.
fn gv500(vin: &str, request: &str) -> Vec<(u64, String)> {
    let serial = request
        .trim_end_matches('$')
        .rsplit(',')
        .next()
        .unwrap()
        .to_owned();
    if !request.contains("=gv500,") {
        return Vec::new();
    }
    let tail = "20160329161513,061B$";
    let two = |word: &str, report: String| {
        let ack = format!("+ACK:GTRTO,{HEAD},{vin},gv500,{word},{serial},{tail}");
        vec![(100, ack), (300, report)]
    };
    if request.contains("gv500,8,") {
        two(
            "VER",
            format!("+RESP:GTVER,{HEAD},{vin},gv500,GV500,0209,0101,{tail}"),
        )
    } else if request.contains("gv500,6,") {
        two(
            "CID",
            format!("+RESP:GTCID,{HEAD},{vin},gv500,89011200000000000017,{tail}"),
        )
    } else if request.contains("gv500,2,FRI,") {
        two(
            "READ",
            format!("+RESP:GTALS,{HEAD},{vin},gv500,FRI,{FRI},{tail}"),
        )
    } else {
        Vec::new()
    }
}

#[test]
fn a_unit_with_a_vehicle_number_in_each_frame_is_known_and_read() {
    for vin in ["", "1G1JC5444R7252367"] {
        let mut now = Moment(1000);
        let mut unit = Script::new('$', |request: &str| gv500(vin, request));
        let families = vec![(profile(QUECLINK), Knowledge::default())];
        let mut recognition = Recognition::new(families, now);
        let RecognitionEvent::Recognised(mut dialogue, identity) =
            recognise(&mut recognition, &mut unit, &mut now)
        else {
            panic!("not recognised with the vehicle number {vin:?}");
        };
        assert_eq!(identity.model, "GV500");
        assert_eq!(identity.firmware.as_deref(), Some("0209"));
        assert_eq!(identity.iccid_text.as_deref(), Some("89011200000000000017"));
        let reading = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
        assert_eq!(
            reading.get(&place("FRI.send_interval")),
            Some("10"),
            "{vin:?}"
        );
        assert_eq!(
            reading.get(&place("FRI.igf_interval")),
            Some("600"),
            "{vin:?}"
        );
        assert!(reading.complete);
    }
}
