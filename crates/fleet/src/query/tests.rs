//! What is read from what is typed, and what a person is told about a mistake.

use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn only_filter(text: &str) -> Filter {
    let query = read(text);
    assert!(query.words.is_empty(), "{text}: {query:?}");
    assert_eq!(query.filters.len(), 1, "{text}");
    query.filters.into_iter().next().unwrap()
}

fn has(field: TextField, text: &str) -> Test {
    Test::Text(field, vec![TextTest::Has(text.to_owned())])
}

fn days(number: u32) -> Age {
    Age {
        number,
        unit: AgeUnit::Days,
    }
}

#[test]
fn words_are_kept_as_they_are_typed() {
    assert_eq!(read("4821").words, words(&["4821"]));
    assert_eq!(read("  north \t boat\n").words, words(&["north", "boat"]));
    assert_eq!(
        read("\"blue van\" it's").words,
        words(&["blue van", "it's"])
    );
    assert_eq!(read("\"say \"\"hi\"\"\"").words, words(&["say \"hi\""]));
    assert_eq!(read("\"not closed").words, words(&["not closed"]));
    assert_eq!(read("(206) 555-0142").words, words(&["(206)", "555-0142"]));
    assert_eq!(
        read("-5 12:30 a/b:c").words,
        words(&["-5", "12:30", "a/b:c"])
    );
}

#[test]
fn nothing_and_a_star_ask_for_all() {
    for text in ["", "  ", "*", "\"\"", "\""] {
        assert!(read(text).asks_for_all(), "{text:?}");
    }
    assert!(!read("\"*\"").asks_for_all());
}

#[test]
fn fields_are_asked_for_by_name() {
    use TextField as F;
    assert_eq!(only_filter("office:north").test, has(F::Office, "north"));
    assert_eq!(only_filter("OFFICE:north").test, has(F::Office, "north"));
    assert_eq!(
        only_filter("template:\"van standard\"").test,
        has(F::Template, "van standard")
    );
    assert_eq!(
        only_filter("IMEI: 356868000041418").test,
        has(F::Id, "356868000041418")
    );
    assert_eq!(only_filter("plate:kl-48").test, has(F::Vehicle, "kl-48"));
    assert_eq!(
        only_filter("office=\"North office\"").test,
        Test::Text(F::Office, vec![TextTest::Is("North office".into())])
    );
    assert_eq!(
        only_filter("customer:none").test,
        Test::Text(F::Customer, vec![TextTest::Empty])
    );
    assert_eq!(
        only_filter("customer:\"none\"").test,
        has(F::Customer, "none")
    );
    assert_eq!(
        only_filter("office:north,\"far east\"").test,
        Test::Text(
            F::Office,
            vec![
                TextTest::Has("north".into()),
                TextTest::Has("far east".into())
            ]
        )
    );
    let left_out = only_filter("-office:north");
    assert!(left_out.not && left_out.test == has(F::Office, "north"));
}

#[test]
fn states_versions_and_ages_are_understood() {
    assert_eq!(
        only_filter("state:quiet").test,
        Test::State(vec![StateWord::Quiet])
    );
    assert_eq!(
        only_filter("state:\"needs you\",stopped").test,
        Test::State(vec![StateWord::NeedsYou, StateWord::Stopped])
    );
    assert_eq!(
        only_filter("version<5").test,
        Test::Version(Compare::Less, 5)
    );
    assert_eq!(
        only_filter("version:v5").test,
        Test::Version(Compare::Is, 5)
    );
    assert_eq!(
        only_filter("seen<7d").test,
        Test::Age(AgeOf::Seen, Compare::Less, days(7))
    );
    assert_eq!(
        only_filter("seen>= 7d").test,
        Test::Age(AgeOf::Seen, Compare::More, days(7))
    );
    assert_eq!(only_filter("set:never").test, Test::Never(AgeOf::Set));
    assert_eq!(only_filter("drift:yes").test, Test::Drift(true));
    let age = |text: &str| match only_filter(text).test {
        Test::Age(_, _, age) => age.milliseconds(),
        other => panic!("{other:?}"),
    };
    assert_eq!(age("seen<90m"), 90 * 60_000);
    assert_eq!(age("seen<2w"), 14 * 86_400_000);
}

#[test]
fn the_line_of_the_handbook_is_read() {
    let query = read("4821 office:north state:quiet template:\"van standard\" seen<7d");
    assert_eq!(query.words, words(&["4821"]));
    assert_eq!(query.filters.len(), 4);
}

#[test]
fn a_mistake_is_told_with_its_place_and_what_to_write() {
    let told = |text: &str, part: &str, contains: &[&str]| {
        let error = Query::parse(text).expect_err(text);
        let place: String = text
            .chars()
            .skip(error.place.start)
            .take(error.place.len())
            .collect();
        assert_eq!(place, part, "{text}: {error}");
        for each in contains {
            assert!(error.to_string().contains(each), "{text}: {error}");
        }
    };
    told(
        "4821 ofice:north",
        "ofice:",
        &["'ofice' is no field", "did you mean office:?", "in quotes"],
    );
    told("colour:red", "colour:", &["the fields are imei", "drift"]);
    told("temp<3", "temp<", &["did you mean template<?"]);
    told("state:quite", "quite", &["did you mean state:quiet?"]);
    told("state:purple", "purple", &["the states are known"]);
    told("seen<7", "7", &["7d"]);
    told("seen<0d", "0d", &["90m"]);
    told("seen<99999999999d", "99999999999d", &["an age"]);
    told("seen:7d", "seen:7d", &["seen<7d", "seen>7d", "seen:never"]);
    told("office<north", "office<north", &["office:"]);
    told("state>quiet", "state>quiet", &["state:quiet"]);
    told("version:five", "five", &["whole number"]);
    told("version:5,6", "6", &["one value"]);
    told("drift:maybe", "maybe", &["drift:yes"]);
    told("office:", "office:", &["office:north"]);
    let many = vec!["1"; 21].join(" ");
    assert!(Query::parse(&many).is_err());
}

#[test]
fn what_more_typing_may_cure_is_no_mistake_yet() {
    for text in ["office:", "state:", "seen<", "seen<7", "template: "] {
        assert!(Query::parse(text).unwrap_err().unfinished, "{text}");
    }
    for text in ["ofice:", "state:x", "seen<7y"] {
        assert!(!Query::parse(text).unwrap_err().unfinished, "{text}");
    }
}

#[test]
fn what_is_shown_for_a_filter_reads_back_as_it() {
    for text in [
        "office:north",
        "-office:north",
        "office=\"North office\"",
        "template:\"van standard\",coach",
        "state:quiet,needs-you",
        "version<5",
        "seen>36h",
        "report:never",
        "drift:no",
        "customer:none",
    ] {
        let query = read(text);
        assert_eq!(query.to_string(), text);
        assert_eq!(read(&query.to_string()), query);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_told_about(text in "\\PC{0,60}") {
        if let Err(error) = Query::parse(&text) {
            prop_assert!(error.place.start <= error.place.end && error.place.end <= text.chars().count());
            prop_assert!(!error.what.is_empty());
        }
    }

    #[test]
    fn every_query_reads_back_as_itself(
        words in proptest::collection::vec("[a-zA-Z0-9:\"<, *-]{1,12}", 0..5),
        office in proptest::option::of("[a-zA-Z \",:]{1,12}"),
        exact in any::<bool>(),
        not in any::<bool>(),
        number in 1_u32..1000,
    ) {
        let words: Vec<String> = words.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
        let office = office.map(|office| office.trim().to_owned()).filter(|office| !office.is_empty());
        let mut filters = vec![Filter { not, test: Test::Age(AgeOf::Set, Compare::More, days(number)) }];
        filters.extend(office.map(|office| Filter {
            not,
            test: Test::Text(TextField::Office, vec![if exact { TextTest::Is(office) } else { TextTest::Has(office) }]),
        }));
        let query = Query { words, filters };
        prop_assert_eq!(Query::parse(&query.to_string()).unwrap(), query);
    }

    #[test]
    fn every_word_that_is_no_field_is_found_as_it_is(text in "[a-z0-9./-]{1,20}") {
        prop_assert_eq!(read(&text).words, vec![text]);
    }
}
