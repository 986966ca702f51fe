//! The store against a model: the same operations on a map, with the power cut at every storage
//! operation.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use proptest::prelude::*;

use super::*;
use crate::memory::{MemoryStore, Tear};

type Model = BTreeMap<u32, Vec<u8>>;
type Step = Vec<(u32, Option<Vec<u8>>)>;

/// Small enough that the banks are switched often.
const CAPACITY: usize = 700;

fn transaction(step: &Step) -> Transaction {
    let mut transaction = Transaction::new();
    for (id, value) in step {
        match value {
            Some(value) => transaction.put(RecordId(*id), value.clone()),
            None => transaction.remove(RecordId(*id)),
        }
    }
    transaction
}

fn apply(model: &mut Model, step: &Step) {
    for (id, value) in step {
        match value {
            Some(value) => model.insert(*id, value.clone()),
            None => model.remove(id),
        };
    }
}

fn contents(store: &Store<MemoryStore>) -> Model {
    let ids: Vec<RecordId> = store.index.keys().copied().collect();
    ids.into_iter()
        .map(|id| (id.0, store.get(id).unwrap().unwrap().to_vec()))
        .collect()
}

fn formatted(model: &Model) -> Store<MemoryStore> {
    let step = model
        .iter()
        .map(|(id, value)| (*id, Some(value.clone())))
        .collect();
    Store::format(MemoryStore::new(CAPACITY), &transaction(&step)).unwrap()
}

fn reopened(store: Store<MemoryStore>) -> Result<Store<MemoryStore>, StoreError> {
    let mut memory = store.into_memory();
    memory.restore_power();
    Store::open(memory)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let value = prop::option::weighted(0.8, prop::collection::vec(any::<u8>(), 0..40));
    prop::collection::vec(prop::collection::vec((0u32..5, value), 1..4), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_store_behaves_like_a_map_that_is_reopened_at_any_time(steps in steps(), reopen in any::<u32>()) {
        let mut model = Model::new();
        let mut store = formatted(&model);
        for (number, step) in steps.iter().enumerate() {
            match store.commit(&transaction(step)) {
                Ok(()) => apply(&mut model, step),
                Err(StoreError::Full { .. }) => {}
                Err(error) => panic!("{error}"),
            }
            if reopen >> (number % 32) & 1 == 1 {
                store = reopened(store).unwrap();
            }
            prop_assert_eq!(contents(&store), model.clone());
        }
    }

    #[test]
    fn a_commit_cut_at_any_operation_leaves_the_old_or_the_new_state(steps in steps()) {
        let mut old = Model::new();
        let mut store = formatted(&old);
        for step in &steps {
            let mut complete = Store::open(store.memory().clone()).unwrap();
            let before = complete.memory().operations();
            if complete.commit(&transaction(step)).is_err() {
                continue;
            }
            let operations = complete.memory().operations() - before;
            let mut new = old.clone();
            apply(&mut new, step);
            for cut in 0..operations {
                for tear in Tear::ALL {
                    let mut cut_short = Store::open(store.memory().clone()).unwrap();
                    cut_short.memory_mut().cut_power_after(cut, tear);
                    prop_assert!(cut_short.commit(&transaction(step)).is_err(), "cut {} never happened", cut);
                    let mut memory = cut_short.into_memory();
                    memory.restore_power();
                    let mut recovered = Store::open(memory).unwrap();
                    let found = contents(&recovered);
                    prop_assert!(found == old || found == new, "cut {} {:?}", cut, tear);
                    // And the store still works.
                    recovered.commit(&transaction(&vec![(9, Some(vec![1]))])).ok();
                    prop_assert!(reopened(recovered).is_ok());
                }
            }
            store = complete;
            old = new;
        }
    }
}

#[test]
fn an_interrupted_recovery_can_be_repeated() {
    // Cut a switch of banks after its commit point, then cut the recovery that finishes it, at each
    // of its operations.
    let model = Model::from([(1, vec![7; 200])]);
    let step: Step = vec![(2, Some(vec![8; 50]))];
    let mut new = model.clone();
    apply(&mut new, &step);
    let store = formatted(&model);
    let mut complete = Store::open(store.memory().clone()).unwrap();
    let before = complete.memory().operations();
    complete.commit(&transaction(&step)).unwrap();
    let operations = complete.memory().operations() - before;
    assert!(operations > 4, "this commit switches banks");
    for tear in Tear::ALL {
        for second_cut in 0..3 {
            let mut store = Store::open(store.memory().clone()).unwrap();
            store.memory_mut().cut_power_after(operations - 2, tear);
            assert!(store.commit(&transaction(&step)).is_err());
            let mut memory = store.into_memory();
            memory.restore_power();
            memory.cut_power_after(second_cut, tear);
            let _ = Store::open(memory.clone());
            memory.restore_power();
            assert_eq!(contents(&Store::open(memory).unwrap()), new);
        }
    }
}

#[test]
fn after_an_interrupted_switch_damage_does_not_bring_the_old_bank_back() {
    let store = formatted(&Model::from([(1, vec![7; 200])]));
    let step: Step = vec![(2, Some(vec![8; 50]))];
    let mut complete = Store::open(store.memory().clone()).unwrap();
    let before = complete.memory().operations();
    complete.commit(&transaction(&step)).unwrap();
    let operations = complete.memory().operations() - before;

    // The new bank is current, the old one not retired yet.
    let mut store = Store::open(store.memory().clone()).unwrap();
    store
        .memory_mut()
        .cut_power_after(operations - 2, Tear::Nothing);
    assert!(store.commit(&transaction(&step)).is_err());
    let recovered = reopened(store).unwrap();
    let header = recovered.bank.start;
    let mut bytes = recovered.memory().durable_bytes().to_vec();
    bytes[header] ^= 1;
    let damaged = Store::open(MemoryStore::from_bytes(bytes)).err();
    assert!(
        matches!(damaged, Some(StoreError::Corrupt { .. })),
        "{damaged:?}"
    );
}

#[test]
fn a_commit_costs_four_storage_operations() {
    let mut store = formatted(&Model::new());
    let before = store.memory().operations();
    store
        .commit(&transaction(&vec![(1, Some(vec![1]))]))
        .unwrap();
    assert_eq!(store.memory().operations() - before, 4);
}

#[test]
fn an_interrupted_format_leaves_the_whole_card_or_none() {
    let step: Step = vec![(1, Some(vec![1; 30])), (2, Some(vec![2; 30]))];
    let mut model = Model::new();
    apply(&mut model, &step);
    let complete = Store::format(MemoryStore::new(CAPACITY), &transaction(&step)).unwrap();
    for cut in 0..complete.memory().operations() {
        for tear in Tear::ALL {
            let mut store = Store::over(MemoryStore::new(CAPACITY));
            store.memory_mut().cut_power_after(cut, tear);
            assert!(store.initialise(&transaction(&step)).is_err());
            match reopened(store) {
                // The superblock is the last thing written: either it is there, and then so is
                // everything else, or there is no card.
                Ok(store) => assert_eq!(contents(&store), model),
                Err(error) => assert!(
                    matches!(
                        error,
                        StoreError::Blank | StoreError::NotACard | StoreError::Corrupt { .. }
                    ),
                    "{error}"
                ),
            }
        }
    }
}

#[test]
fn a_damaged_byte_is_reported_or_of_no_consequence() {
    let model = Model::from([(1, vec![1; 40]), (2, vec![2; 10])]);
    let mut store = formatted(&model);
    let steps: [Step; 2] = [
        vec![(1, Some(vec![9; 20]))],
        vec![(3, Some(vec![3; 20])), (2, None)],
    ];
    let mut model = model;
    for step in &steps {
        store.commit(&transaction(step)).unwrap();
        apply(&mut model, step);
    }
    let intact = store.memory().durable_bytes().to_vec();
    let (mut refused, mut harmless) = (0, 0);
    for position in 0..intact.len() {
        for bit in 0..8 {
            let mut bytes = intact.clone();
            bytes[position] ^= 1 << bit;
            match Store::open(MemoryStore::from_bytes(bytes.clone())) {
                Ok(store) => {
                    assert_eq!(
                        contents(&store),
                        model,
                        "byte {position} bit {bit} brought an older state back"
                    );
                    harmless += 1;
                }
                Err(
                    StoreError::Corrupt { .. }
                    | StoreError::NotACard
                    | StoreError::NewerFormat { .. },
                ) => refused += 1,
                Err(error) => panic!("byte {position} bit {bit}: {error}"),
            }
        }
    }
    // Of the three commit marks the last byte does not count; of the zeros after the last entry all
    // but the first do.
    assert_eq!(refused, 8 * (store.tail - 3 + 7), "{harmless} harmless");
}

#[test]
fn a_foreign_a_newer_and_a_blank_medium_are_refused_and_left_alone() {
    let mut newer = formatted(&Model::new()).memory().durable_bytes().to_vec();
    newer[25] = 2;
    let mut shorter = formatted(&Model::new()).memory().durable_bytes().to_vec();
    shorter.truncate(CAPACITY - 1);
    for (bytes, expected) in [
        (vec![0; CAPACITY], StoreError::Blank),
        (b"not a card".repeat(70), StoreError::NotACard),
        (vec![], StoreError::NotACard),
        (
            newer,
            StoreError::NewerFormat {
                found: 2,
                supported: 1,
            },
        ),
        (shorter, StoreError::Corrupt { offset: 0 }),
    ] {
        let mut store = Store::over(MemoryStore::from_bytes(bytes.clone()));
        assert_eq!(store.recover(), Err(expected));
        assert_eq!(store.memory().durable_bytes(), bytes);
        assert_eq!(store.memory().operations(), 0, "nothing may be written");
        assert_eq!(store.get(RecordId(1)), Err(StoreError::Faulty));
        assert_eq!(
            store.commit(&transaction(&vec![(1, None)])),
            Err(StoreError::Faulty)
        );
    }
}

#[test]
fn a_card_is_never_formatted_over() {
    let memory = formatted(&Model::new()).into_memory();
    assert_eq!(
        Store::format(memory, &Transaction::new()).err(),
        Some(StoreError::NotBlank)
    );
}

#[test]
fn a_full_store_says_so_and_keeps_working() {
    let mut store = formatted(&Model::from([(1, vec![1; 100])]));
    let too_much = store.commit(&transaction(&vec![(2, Some(vec![2; 300]))]));
    assert!(matches!(too_much, Err(StoreError::Full { .. })));
    store
        .commit(&transaction(&vec![(1, Some(vec![3; 10]))]))
        .unwrap();
    assert_eq!(
        contents(&reopened(store).unwrap()),
        Model::from([(1, vec![3; 10])])
    );
}

#[test]
fn after_a_failure_nothing_is_committed_before_recovery() {
    let mut store = formatted(&Model::from([(1, vec![1])]));
    store.memory_mut().cut_power_after(1, Tear::Everything);
    assert!(
        store
            .commit(&transaction(&vec![(1, Some(vec![2]))]))
            .is_err()
    );
    store.memory_mut().restore_power();
    assert_eq!(
        store.commit(&transaction(&vec![(1, Some(vec![3]))])),
        Err(StoreError::Faulty)
    );
    store.recover().unwrap();
    store
        .commit(&transaction(&vec![(1, Some(vec![3]))]))
        .unwrap();
    assert_eq!(contents(&store), Model::from([(1, vec![3])]));
}

#[test]
fn what_is_erased_is_nowhere_in_the_medium_whenever_power_is_cut() {
    const SECRET: &[u8] = b"nobody may find this";
    let holds = |memory: &MemoryStore| {
        let mut windows = memory.durable_bytes().windows(SECRET.len());
        windows.any(|bytes| bytes == SECRET)
    };
    for in_both_banks in [false, true] {
        for cut in 0.. {
            let mut store = formatted(&[(1, SECRET.to_vec()), (2, vec![7])].into());
            if in_both_banks {
                store.switch_bank(&Transaction::new()).unwrap();
            }
            assert!(holds(store.memory()));
            let mut removal = Transaction::new();
            removal.remove(RecordId(1));
            store.memory_mut().cut_power_after(cut, Tear::Everything);
            let complete = store.commit_and_erase(&removal).is_ok();
            let mut store = reopened(store).unwrap();
            assert_eq!(store.get(RecordId(2)).unwrap().unwrap().as_slice(), [7]);
            if store.get(RecordId(1)).unwrap().is_none() {
                store.erase_retired().unwrap();
                assert!(!holds(store.memory()), "{cut}");
            }
            if complete {
                assert!(!holds(&store.into_memory()));
                break;
            }
        }
    }
}
