//! What is believed and what is not.

use super::*;
use carrier::reports::Fix;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn report(id: &str) -> Report {
    Report {
        report_id: id.to_owned(),
        unit_id: "U000017".to_owned(),
        mdn: Some("9135550117".to_owned()),
        received_at: at("2026-03-02T17:00:03Z"),
        event_time: at("2026-03-02T17:00:00Z"),
        event_code: Some(2),
        sequence: Some(1041),
        fix: Fix {
            valid: true,
            latitude: Some(39.103_423),
            longitude: Some(-94.584_045),
            heading_deg: Some(271.4),
            speed_kph: Some(48.2),
            ..Fix::default()
        },
        ignition: Some(true),
        main_voltage: Some(13.8),
        odometer_km: Some(18_231.4),
        payload_base64: None,
    }
}

fn judged(reports: Vec<Report>) -> JudgedPage {
    let page = ReportPage {
        reports,
        unreadable: Vec::new(),
        next_cursor: "c".to_owned(),
        has_more: false,
        retention_days: None,
    };
    judge(&page, at("2026-03-02T17:05:00Z"))
}

#[test]
fn an_ordinary_report_is_stored_as_it_came() {
    let page = judged(vec![report("R1")]);
    assert!(page.rejected.is_empty());
    let stored = &page.reports[0];
    assert_eq!(stored.reported_at, at("2026-03-02T17:00:00Z"));
    assert_eq!(
        (stored.latitude, stored.longitude),
        (Some(39.103_423), Some(-94.584_045))
    );
    assert_eq!(
        (stored.odometer_m, stored.heading_deg, stored.unit_time),
        (Some(18_231_400), Some(271), None)
    );
}

#[test]
fn a_late_report_keeps_its_own_time() {
    let late = Report {
        event_time: at("2026-02-20T09:12:44Z"),
        ..report("R1")
    };
    let page = judged(vec![late]);
    assert!(page.rejected.is_empty());
    assert_eq!(page.reports[0].reported_at, at("2026-02-20T09:12:44Z"));
}

#[test]
fn a_clock_that_cannot_be_believed_is_noted_and_the_report_kept_under_the_carriers_time() {
    for wrong in [
        "2026-03-02T18:00:00Z",
        "2099-01-01T00:00:00Z",
        "1980-01-06T00:00:00Z",
        "2006-07-17T12:00:00Z",
    ] {
        let page = judged(vec![Report {
            event_time: at(wrong),
            ..report("R1")
        }]);
        assert_eq!(
            page.reports[0].reported_at,
            at("2026-03-02T17:00:03Z"),
            "{wrong}"
        );
        assert_eq!(page.reports[0].unit_time, Some(at(wrong)));
        assert_eq!(page.rejected.len(), 1);
    }
}

#[test]
fn a_place_that_is_none_is_noted_and_the_unit_was_heard_all_the_same() {
    let nowhere = Fix {
        off_the_globe: Some((91.0, 10.0)),
        ..Fix::default()
    };
    let null_island = Fix {
        valid: true,
        latitude: Some(0.0),
        longitude: Some(0.0),
        ..Fix::default()
    };
    for fix in [nowhere, null_island] {
        let page = judged(vec![Report {
            fix,
            ..report("R1")
        }]);
        assert_eq!((page.reports.len(), page.rejected.len()), (1, 1));
        assert_eq!(
            (page.reports[0].latitude, page.reports[0].longitude),
            (None, None)
        );
    }
    let no_fix = judged(vec![Report {
        fix: Fix::default(),
        ..report("R1")
    }]);
    assert!(no_fix.rejected.is_empty(), "no fix is ordinary");
}

#[test]
fn of_one_number_with_two_times_in_a_page_the_first_is_kept() {
    let changed = Report {
        event_time: at("2026-03-02T16:59:50Z"),
        ..report("R1")
    };
    let of_another_unit = Report {
        unit_id: "U000018".to_owned(),
        ..changed.clone()
    };
    let page = judged(vec![report("R1"), changed, report("R1"), of_another_unit]);
    let times: Vec<_> = page.reports.iter().map(|one| one.reported_at).collect();
    assert_eq!(
        times,
        [
            at("2026-03-02T17:00:00Z"),
            at("2026-03-02T17:00:00Z"),
            at("2026-03-02T16:59:50Z")
        ]
    );
    assert_eq!(page.rejected.len(), 1);
    assert!(page.rejected[0].reason.contains("another time"));
}

#[test]
fn nothing_that_a_carrier_sends_can_reach_the_database_as_something_that_it_refuses() {
    let long = "x".repeat(5_000);
    let odd = vec![
        Report {
            report_id: "a\0b".to_owned(),
            ..report("")
        },
        Report {
            report_id: String::new(),
            ..report("")
        },
        Report {
            report_id: long.clone(),
            ..report("")
        },
        Report {
            unit_id: long,
            ..report("R4")
        },
        Report {
            received_at: at("9999-12-30T00:00:00Z"),
            event_time: at("9999-12-30T00:00:00Z"),
            ..report("R5")
        },
        Report {
            mdn: Some("\0".to_owned()),
            payload_base64: Some("\0".to_owned()),
            odometer_km: Some(f64::NAN),
            main_voltage: Some(1e300),
            ..report("R6")
        },
    ];
    let page = judged(odd);
    assert_eq!(page.rejected.len(), 5);
    assert_eq!(page.reports.len(), 1);
    let kept = &page.reports[0];
    assert_eq!(
        (
            &kept.mdn,
            &kept.payload_base64,
            kept.odometer_m,
            kept.main_voltage
        ),
        (&None, &None, None, None)
    );
    for one in &page.rejected {
        assert!(
            !one.report_id.is_empty()
                && one.report_id.len() <= 100
                && !one.report_id.contains('\0')
        );
        assert!(!one.body.contains("\\u0000") && !one.body.contains('\0'));
        serde_json::from_str::<serde_json::Value>(&one.body).unwrap();
    }
}

#[test]
fn an_unreadable_report_without_a_number_has_the_same_one_each_time() {
    let page = ReportPage {
        reports: Vec::new(),
        unreadable: vec![
            UnreadableReport {
                report_id: None,
                why: "no fix".to_owned(),
                raw: r#"{"a":1}"#.to_owned(),
            },
            UnreadableReport {
                report_id: None,
                why: "no fix".to_owned(),
                raw: r#"{"a":1}"#.to_owned(),
            },
        ],
        next_cursor: String::new(),
        has_more: false,
        retention_days: None,
    };
    let judged = judge(&page, at("2026-03-02T17:05:00Z"));
    assert_eq!(judged.rejected[0], judged.rejected[1]);
    assert!(judged.rejected[0].report_id.starts_with("sha256:"));
}

#[test]
fn what_either_clock_allows_is_stored_as_it_came() {
    let page = ReportPage {
        reports: vec![report("R1")],
        unreadable: Vec::new(),
        next_cursor: "c".to_owned(),
        has_more: false,
        retention_days: None,
    };
    let right = at("2026-03-02T17:05:00Z");
    for wrong in [
        "2026-02-20T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2031-01-01T00:00:00Z",
    ] {
        for clocks in [Clocks::of(at(wrong), right), Clocks::of(right, at(wrong))] {
            let judged = judge_beside(&page, clocks, &mut Told::default());
            assert!(judged.rejected.is_empty(), "{wrong}");
            assert_eq!(judged, judge(&page, right));
        }
    }
}

#[test]
fn a_time_of_receipt_that_cannot_be_costs_itself_where_the_units_own_can_be_believed() {
    for wrong in [
        "2026-03-05T00:00:00Z",
        "2099-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
    ] {
        let page = judged(vec![Report {
            received_at: at(wrong),
            ..report("R1")
        }]);
        let stored = &page.reports[0];
        let own = at("2026-03-02T17:00:00Z");
        assert_eq!((stored.reported_at, stored.received_at), (own, own));
        assert_eq!((stored.unit_time, page.rejected.len()), (None, 1));
        let page = judged(vec![Report {
            received_at: at(wrong),
            event_time: at("2099-01-01T00:00:00Z"),
            ..report("R1")
        }]);
        assert_eq!((page.reports.len(), page.rejected.len()), (0, 1), "{wrong}");
    }
}

#[test]
fn a_report_that_was_not_kept_is_kept_when_it_is_told_again_rightly() {
    let impossible = Report {
        received_at: at("2099-01-01T00:00:00Z"),
        event_time: at("2099-01-01T00:00:00Z"),
        ..report("R1")
    };
    let page = judged(vec![impossible, report("R1"), report("R1")]);
    assert_eq!((page.reports.len(), page.rejected.len()), (2, 1));
    assert_eq!(page.told.len(), 2);
    let later = Report {
        event_time: at("2026-03-02T16:00:00Z"),
        ..report("R1")
    };
    let mut told = Told::default();
    told.recall(&page.told);
    let next = ReportPage {
        reports: vec![later, report("R1"), report("R2")],
        unreadable: Vec::new(),
        next_cursor: "c".to_owned(),
        has_more: false,
        retention_days: None,
    };
    let now = at("2026-03-02T17:05:00Z");
    let page = judge_beside(&next, Clocks::of(now, now), &mut told);
    assert_eq!(
        (page.reports.len(), page.rejected.len(), page.told.len()),
        (2, 1, 2)
    );
}
