//! The token of the database against botocore's for the same instant, keys and place (AWS's own example keys).

use super::*;
use std::collections::BTreeSet;

fn aws(keys: fn() -> Result<Credentials, String>) -> Aws {
    Aws {
        region: "eu-west-1".to_owned(),
        endpoint: None,
        keys,
    }
}

fn key(token: Option<&str>) -> Result<Credentials, String> {
    Ok(Credentials::new(
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        token.map(str::to_owned),
        None,
        "test",
    ))
}

/// 2026-11-22 12:00 UTC.
fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_348_800)
}

/// Made with botocore 1.35.49, `rds.generate_db_auth_token`.
const WITHOUT_SESSION: &str = "fleet.abc123.eu-west-1.rds.amazonaws.com:5432/?Action=connect&DBUser=collector&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-west-1%2Frds-db%2Faws4_request&X-Amz-Date=20261122T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=c3f4da6caa794cda700058ae753d2e4a7c939c3e4092379d31579be3603eabd6";
const WITH_SESSION: &str = "fleet.abc123.eu-west-1.rds.amazonaws.com:5432/?Action=connect&DBUser=collector&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-west-1%2Frds-db%2Faws4_request&X-Amz-Date=20261122T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=SESSION%2FTOKEN%2BEXAMPLE%3D%3D&X-Amz-Signature=3470520726a85133a98c869e02254b1040aed8bc7d711e51ab3e4919930c7b55";

fn parts(token: &str) -> BTreeSet<&str> {
    token.split(['?', '&']).collect()
}

#[test]
fn a_token_is_the_same_as_the_one_that_aws_own_library_makes() {
    for (keys, expected) in [
        ((|| key(None)) as fn() -> _, WITHOUT_SESSION),
        (|| key(Some("SESSION/TOKEN+EXAMPLE==")), WITH_SESSION),
    ] {
        let token = aws(keys)
            .database_token_at(
                "fleet.abc123.eu-west-1.rds.amazonaws.com",
                5432,
                "collector",
                noon(),
            )
            .unwrap();
        assert_eq!(parts(token.reveal()), parts(expected));
        assert!(!format!("{token:?}").contains("Signature"));
    }
}

#[test]
fn only_this_computer_may_stand_in_for_aws() {
    for (url, stands_in) in [
        ("http://127.0.0.1:4566", true),
        ("http://localhost:4566/", true),
        ("http://[::1]:1", true),
        ("https://s3.example.net", false),
        ("http://127.0.0.1.example.net", false),
        ("http://127.0.0.1@example.net", false),
    ] {
        assert_eq!(is_loopback(url), stands_in, "{url}");
    }
}

#[test]
fn a_refusal_tells_the_word_of_aws_and_nothing_else() {
    assert_eq!(
        reason(b"<Error><Code>AccessDenied</Code><Message>arn:...</Message>"),
        " (AccessDenied)"
    );
    assert_eq!(
        reason(br#"{"__type":"ResourceNotFoundException","Message":"m"}"#),
        " (ResourceNotFoundException)"
    );
    assert_eq!(reason(b"hunter2"), "");
}
