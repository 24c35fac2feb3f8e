//! Look-ups, lists and the values that a unit must be told.

use crate::office::{Office, accepted, cdma, lte, switches};
use carrier::Identifier;
use fleet::registration::LookUp;

#[tokio::test]
async fn a_unit_is_found_by_each_identifier() {
    let office = Office::open(switches()).await;
    accepted(office.register(&lte(1)).await);
    let LookUp::Found { unit } = office.carrier.look_up(&lte(1)).await else {
        panic!("not found")
    };
    let identifiers = [
        Identifier::ClientReference(lte(1).client_reference),
        Identifier::Device(lte(1).unit.as_str().to_owned()),
        Identifier::Iccid(lte(1).iccid.unwrap().as_str().to_owned()),
        Identifier::RemoteId(unit.remote_id.clone()),
        Identifier::Mdn(unit.mdn.clone().unwrap().as_str().to_owned()),
    ];
    for identifier in identifiers {
        assert_eq!(
            office.carrier.find(&identifier).await,
            LookUp::Found { unit: unit.clone() },
            "{identifier:?}"
        );
    }
    assert_eq!(
        office
            .carrier
            .find(&Identifier::RemoteId("U999999".to_owned()))
            .await,
        LookUp::NotFound
    );
    office.close().await;
}

#[tokio::test]
async fn a_list_of_many_pages_names_each_unit_once_in_order() {
    let office = Office::open(switches()).await;
    for n in 0..401 {
        accepted(office.register(&lte(n)).await);
    }
    let (mut names, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = office.carrier.list(cursor.as_deref()).await.unwrap();
        names.extend(page.units.into_iter().map(|unit| unit.remote_id));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(names.len(), 401);
    assert!(names.is_sorted_by(|a, b| a < b));
    assert!(office.carrier.list(Some("garbage")).await.is_err());
    office.close().await;
}

#[tokio::test]
async fn an_active_unit_has_values_to_be_told_and_the_code_stays_secret() {
    let office = Office::open(switches()).await;
    let (_, unit) = accepted(office.register(&cdma()).await);
    let values = office
        .carrier
        .programming_values(&unit.remote_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(values.mdn.len(), 10);
    assert!(values.msid.ends_with(&values.mdn));
    assert_eq!(values.lock_code.reveal().len(), 6);
    assert!(!format!("{values:?}").contains(values.lock_code.reveal()));
    office.close().await;
}
