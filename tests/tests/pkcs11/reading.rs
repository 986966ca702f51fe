//! Readers of this process, and a module that uses them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use applet_sim::{Chip, MemoryStore};
use cryptoki_sys as ck;
use host_lib::Can;
use neweid_pkcs11::{Configuration, Log, Module, Place, Readers, Refusal};
use neweid_tests::cards::natural_person::PIN2;
use neweid_tests::cards::{TestCard, environment, trust};
use transport::{Cancel, CardDevice, CardTransport, InProcess, Interface, TransportError};

/// The access code of these cards.
const CAN: &str = "123456";

type Device = Arc<Mutex<Chip<MemoryStore>>>;

/// Readers by name, each with a card or none.
#[derive(Default)]
pub(crate) struct Desk(Mutex<BTreeMap<String, (Option<Device>, u32)>>);

impl Desk {
    /// A reader, and the card in it or none.
    pub(crate) fn put(&self, reader: &str, card: Option<&TestCard>) {
        let device = card.map(|card| {
            let memory = card.image().personalise(MemoryStore::default()).unwrap();
            let chip = Chip::open(memory, environment(4)).unwrap();
            Arc::new(Mutex::new(chip))
        });
        let mut readers = self.0.lock().unwrap();
        let events = readers.get(reader).map_or(0, |(_, events)| events + 1);
        readers.insert(reader.into(), (device, events));
    }
}

impl Readers for Desk {
    fn look(&self) -> Result<Vec<Place>, TransportError> {
        let readers = self.0.lock().unwrap();
        let places = readers.iter().map(|(name, (device, events))| Place {
            name: name.clone(),
            has_card: device.is_some(),
            events: *events,
        });
        Ok(places.collect())
    }

    fn wait(&self, known: &[Place], cancel: &Cancel) -> Result<(), TransportError> {
        while self.look()? == known {
            cancel.check()?;
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn open(&self, name: &str, _: &Cancel) -> Result<Box<dyn CardTransport>, TransportError> {
        let readers = self.0.lock().unwrap();
        let device = readers.get(name).and_then(|(device, _)| device.clone());
        let device = device.ok_or(TransportError::Removed)?;
        Ok(Box::new(InProcess::new(
            Shared(device),
            Interface::Contactless,
        )))
    }
}

/// A card that stays when nobody holds it.
struct Shared(Device);

impl CardDevice for Shared {
    fn power_on(&mut self, interface: Interface) -> Vec<u8> {
        self.0.lock().unwrap().power_on(interface)
    }
    fn power_off(&mut self) {
        self.0.lock().unwrap().power_off();
    }
    fn reset(&mut self) -> Vec<u8> {
        self.0.lock().unwrap().reset()
    }
    fn process(&mut self, command: &[u8]) -> Vec<u8> {
        self.0.lock().unwrap().process(command)
    }
}

/// The configuration of somebody who has this access code and trusts whoever issued the cards.
pub(crate) fn configuration(can: &str) -> Configuration {
    let trust = trust();
    let can = Can::parse(can).unwrap();
    Configuration::of(can, trust.anchors.clone(), trust.lists.clone(), trust.now)
}

/// A module over these readers.
pub(crate) fn module(desk: &Arc<Desk>) -> Module {
    Module::new(configuration(CAN), desk.clone(), Log::default()).unwrap()
}

/// A module over one reader with this card.
pub(crate) fn with(card: &TestCard) -> Module {
    let desk = Arc::new(Desk::default());
    desk.put("reader", Some(card));
    module(&desk)
}

/// A module with this card, and a session in which PIN2 was entered.
pub(crate) fn logged_in(card: &TestCard) -> (Module, ck::CK_SESSION_HANDLE) {
    let module = with(card);
    let session = module.open_session(0, true).unwrap();
    module
        .login(session, ck::CKU_USER, PIN2.as_bytes())
        .unwrap();
    (module, session)
}

/// The objects of a class, and the one of this identifier.
pub(crate) fn find(
    module: &Module,
    session: ck::CK_SESSION_HANDLE,
    template: &[(ck::CK_ATTRIBUTE_TYPE, Vec<u8>)],
) -> Result<Vec<ck::CK_OBJECT_HANDLE>, Refusal> {
    module.find_objects_init(session, template)?;
    let found = module.find_objects(session, 100)?;
    module.find_objects_final(session)?;
    Ok(found)
}

/// A number as an attribute has it.
pub(crate) fn number(value: ck::CK_ULONG) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

/// The private key with this reference.
pub(crate) fn private_key(
    module: &Module,
    session: ck::CK_SESSION_HANDLE,
    reference: u8,
) -> ck::CK_OBJECT_HANDLE {
    let template = [
        (ck::CKA_CLASS, number(ck::CKO_PRIVATE_KEY)),
        (ck::CKA_ID, vec![reference]),
    ];
    let found = find(module, session, &template).unwrap();
    assert_eq!(found.len(), 1);
    found[0]
}

/// How PIN2 stands.
pub(crate) fn pin_flags(module: &Module) -> ck::CK_FLAGS {
    let all = ck::CKF_USER_PIN_COUNT_LOW | ck::CKF_USER_PIN_FINAL_TRY | ck::CKF_USER_PIN_LOCKED;
    module.token_info(0).unwrap().flags & all
}
