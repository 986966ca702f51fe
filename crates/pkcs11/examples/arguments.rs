//! Calls every function of the module with arguments that follow from a seed: null pointers, handles of nobody, lengths without data,
//! buffers without room, in several threads at once. What comes back does not matter; that nothing is read or written beside what C was
//! given is for valgrind to say, under which the tests run this.
//!
//! `arguments MODULE SEED CALLS PIN2`
#![allow(
    unsafe_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    reason = "a program of tests, on the other side of the border: all that it does is calling C"
)]

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::Mutex;
use std::thread;

use cryptoki_sys as ck;

/// Values in each array, and the largest number that is handed over for a length.
const ROOM: usize = 8192;

const THREADS: u64 = 3;

/// Numbers from a seed (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        let at = self.below(values.len() as u64);
        values[usize::try_from(at).expect("an index")]
    }
}

/// What arguments are made of. Everything that a pointer can point to is as large as any length says.
struct Pool {
    numbers: Numbers,
    session: ck::CK_SESSION_HANDLE,
    bytes: Vec<u8>,
    counts: Vec<ck::CK_ULONG>,
    attributes: Vec<ck::CK_ATTRIBUTE>,
    mechanism: ck::CK_MECHANISM,
    parameters: Vec<ck::CK_ULONG>,
}

const MECHANISMS: [ck::CK_MECHANISM_TYPE; 9] = [
    ck::CKM_RSA_PKCS,
    ck::CKM_SHA256_RSA_PKCS,
    ck::CKM_RSA_PKCS_PSS,
    ck::CKM_SHA512_RSA_PKCS_PSS,
    ck::CKM_RSA_PKCS_OAEP,
    ck::CKM_ECDSA,
    ck::CKM_ECDSA_SHA256,
    ck::CKM_AES_CBC,
    ck::CK_ULONG::MAX,
];

const ATTRIBUTES: [ck::CK_ATTRIBUTE_TYPE; 7] = [
    ck::CKA_CLASS,
    ck::CKA_ID,
    ck::CKA_VALUE,
    ck::CKA_LABEL,
    ck::CKA_MODULUS,
    ck::CKA_ALWAYS_AUTHENTICATE,
    ck::CK_ULONG::MAX,
];

impl Pool {
    fn new(seed: u64) -> Self {
        Self {
            numbers: Numbers(seed),
            session: 0,
            // No digits: what passes for a PIN costs no try.
            bytes: vec![0xAA; ROOM * 8],
            counts: vec![0; ROOM],
            attributes: Vec::new(),
            mechanism: ck::CK_MECHANISM {
                mechanism: 0,
                pParameter: core::ptr::null_mut(),
                ulParameterLen: 0,
            },
            parameters: vec![0; 64],
        }
    }

    fn number(&mut self) -> ck::CK_ULONG {
        let session = self.session;
        let object = 0x10 + self.numbers.below(0x30);
        let small = self.numbers.below(ROOM as u64);
        let mechanism = self.numbers.one_of(&MECHANISMS[..7]);
        self.numbers.one_of(&[
            session,
            session,
            session,
            object,
            small,
            mechanism,
            0,
            1,
            32,
            256,
            ck::CK_ULONG::MAX,
        ])
    }

    fn null(&mut self) -> bool {
        self.numbers.below(4) == 0
    }
}

/// A type of arguments.
trait Argument: Sized {
    fn any(pool: &mut Pool) -> Self;
}

impl Argument for ck::CK_ULONG {
    fn any(pool: &mut Pool) -> Self {
        pool.number()
    }
}

impl Argument for u8 {
    fn any(pool: &mut Pool) -> Self {
        pool.numbers.one_of(&[0, 1, 255])
    }
}

impl Argument for *mut u8 {
    fn any(pool: &mut Pool) -> Self {
        match pool.null() {
            true => core::ptr::null_mut(),
            false => pool.bytes.as_mut_ptr(),
        }
    }
}

impl Argument for *mut ck::CK_ULONG {
    fn any(pool: &mut Pool) -> Self {
        pool.counts[0] = pool.number();
        match pool.null() {
            true => core::ptr::null_mut(),
            false => pool.counts.as_mut_ptr(),
        }
    }
}

impl Argument for *mut c_void {
    fn any(pool: &mut Pool) -> Self {
        match pool.null() {
            true => core::ptr::null_mut(),
            false => pool.bytes.as_mut_ptr().cast(),
        }
    }
}

impl Argument for *mut ck::CK_ATTRIBUTE {
    fn any(pool: &mut Pool) -> Self {
        let value = pool.bytes.as_mut_ptr().cast();
        pool.attributes.clear();
        for _ in 0..ROOM {
            pool.attributes.push(ck::CK_ATTRIBUTE {
                type_: pool.numbers.one_of(&ATTRIBUTES),
                pValue: pool.numbers.one_of(&[core::ptr::null_mut(), value]),
                ulValueLen: pool.numbers.one_of(&[0, 1, 8, 300, ck::CK_ULONG::MAX]),
            });
        }
        // A value of the longest length is refused where it is read, and long enough where it is written.
        match pool.null() {
            true => core::ptr::null_mut(),
            false => pool.attributes.as_mut_ptr(),
        }
    }
}

impl Argument for *mut ck::CK_MECHANISM {
    fn any(pool: &mut Pool) -> Self {
        for at in 0..pool.parameters.len() {
            pool.parameters[at] = pool.numbers.one_of(&[
                ck::CKM_SHA256,
                ck::CKG_MGF1_SHA256,
                32,
                0,
                ck::CK_ULONG::MAX,
            ]);
        }
        let parameter = pool.parameters.as_mut_ptr().cast();
        pool.mechanism = ck::CK_MECHANISM {
            mechanism: pool.numbers.one_of(&MECHANISMS),
            pParameter: pool.numbers.one_of(&[core::ptr::null_mut(), parameter]),
            ulParameterLen: pool.numbers.one_of(&[0, 1, 24, 40, ck::CK_ULONG::MAX]),
        };
        match pool.null() {
            true => core::ptr::null_mut(),
            false => &raw mut pool.mechanism,
        }
    }
}

impl Argument for ck::CK_NOTIFY {
    fn any(_: &mut Pool) -> Self {
        None
    }
}

/// Room for one structure that is written.
macro_rules! structures {
    ($($structure:ty),+) => {
        $(impl Argument for *mut $structure {
            fn any(pool: &mut Pool) -> Self {
                match pool.null() {
                    true => core::ptr::null_mut(),
                    // Of numbers, so that it is aligned.
                    false => pool.counts.as_mut_ptr().cast(),
                }
            }
        })+
    };
}
structures!(
    ck::CK_INFO,
    ck::CK_SLOT_INFO,
    ck::CK_TOKEN_INFO,
    ck::CK_SESSION_INFO,
    ck::CK_MECHANISM_INFO,
    *mut ck::CK_FUNCTION_LIST
);

/// A function, with whatever arguments.
trait Call {
    fn call(&self, pool: &mut Pool) -> ck::CK_RV;
}

macro_rules! arities {
    ($(($($argument:ident),+)),+ $(,)?) => {
        $(impl<$($argument: Argument),+> Call
            for Option<unsafe extern "C" fn($($argument),+) -> ck::CK_RV>
        {
            fn call(&self, pool: &mut Pool) -> ck::CK_RV {
                let function = self.expect("every function is there");
                unsafe { function($($argument::any(pool)),+) }
            }
        })+
    };
}
arities!(
    (A),
    (A, B),
    (A, B, C),
    (A, B, C, D),
    (A, B, C, D, E),
    (A, B, C, D, E, F),
    (A, B, C, D, E, F, G),
    (A, B, C, D, E, F, G, H),
);

/// All functions but those that end or wait: these have their own places.
macro_rules! functions {
    ($($name:ident)+) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];

        fn call(list: &ck::CK_FUNCTION_LIST, at: usize, pool: &mut Pool) -> ck::CK_RV {
            let functions: &[&dyn Call] = &[$(&list.$name),+];
            functions[at].call(pool)
        }
    };
}
functions!(
    C_GetInfo C_GetFunctionList C_GetSlotList C_GetSlotInfo C_GetTokenInfo C_GetMechanismList C_GetMechanismInfo C_InitToken C_InitPIN
    C_SetPIN C_OpenSession C_CloseSession C_CloseAllSessions C_GetSessionInfo C_GetOperationState C_SetOperationState C_Login C_Logout
    C_CreateObject C_CopyObject C_DestroyObject C_GetObjectSize C_GetAttributeValue C_SetAttributeValue C_FindObjectsInit C_FindObjects
    C_FindObjectsFinal C_EncryptInit C_Encrypt C_EncryptUpdate C_EncryptFinal C_DecryptInit C_Decrypt C_DecryptUpdate C_DecryptFinal
    C_DigestInit C_Digest C_DigestUpdate C_DigestKey C_DigestFinal C_SignInit C_Sign C_SignUpdate C_SignFinal C_SignRecoverInit
    C_SignRecover C_VerifyInit C_Verify C_VerifyUpdate C_VerifyFinal C_VerifyRecoverInit C_VerifyRecover C_DigestEncryptUpdate
    C_DecryptDigestUpdate C_SignEncryptUpdate C_DecryptVerifyUpdate C_GenerateKey C_GenerateKeyPair C_WrapKey C_UnwrapKey C_DeriveKey
    C_SeedRandom C_GenerateRandom C_GetFunctionStatus C_CancelFunction
);

/// What functions have answered, and how often.
type Seen = Mutex<BTreeMap<(&'static str, ck::CK_RV), u64>>;

fn note(seen: &Seen, name: &'static str, answer: ck::CK_RV) {
    let mut seen = seen.lock().expect("no panic");
    *seen.entry((name, answer)).or_default() += 1;
}

/// A session in which PIN2 may have been entered already.
fn session(list: &ck::CK_FUNCTION_LIST, pin: &[u8]) -> ck::CK_SESSION_HANDLE {
    let mut session = 0;
    let flags = ck::CKF_SERIAL_SESSION | ck::CKF_RW_SESSION;
    unsafe {
        let open = list.C_OpenSession.expect("C_OpenSession");
        open(0, flags, core::ptr::null_mut(), None, &raw mut session);
        let login = list.C_Login.expect("C_Login");
        let mut pin = pin.to_vec();
        login(
            session,
            ck::CKU_USER,
            pin.as_mut_ptr(),
            pin.len() as ck::CK_ULONG,
        );
    }
    session
}

/// Room of exactly as many bytes as are said: a byte too much is seen.
fn short_rooms(list: &ck::CK_FUNCTION_LIST, pool: &mut Pool, pin: &[u8], seen: &Seen) {
    let length = pool
        .numbers
        .one_of(&[0usize, 1, 31, 63, 64, 65, 255, 256, 257]);
    let mut room = vec![0u8; length].into_boxed_slice();
    let mut count = length as ck::CK_ULONG;
    let session = pool.session;
    let mut mechanism = ck::CK_MECHANISM {
        mechanism: pool
            .numbers
            .one_of(&[ck::CKM_SHA256_RSA_PKCS, ck::CKM_ECDSA_SHA256]),
        pParameter: core::ptr::null_mut(),
        ulParameterLen: 0,
    };
    let key = pool.numbers.one_of(&[0x14, 0x24]);
    let mut pin = pin.to_vec().into_boxed_slice();
    let mut data = vec![7u8; pool.numbers.one_of(&[0, 32, 256])].into_boxed_slice();
    let data_length = data.len() as ck::CK_ULONG;
    unsafe {
        match pool.numbers.below(4) {
            0 => {
                list.C_SignInit.expect("C_SignInit")(session, &raw mut mechanism, key);
                let pin_length = pin.len() as ck::CK_ULONG;
                let login = list.C_Login.expect("C_Login");
                login(
                    session,
                    ck::CKU_CONTEXT_SPECIFIC,
                    pin.as_mut_ptr(),
                    pin_length,
                );
                let sign = list.C_Sign.expect("C_Sign");
                let (data, room) = (data.as_mut_ptr(), room.as_mut_ptr());
                note(
                    seen,
                    "C_Sign, short",
                    sign(session, data, data_length, room, &raw mut count),
                );
            }
            1 => {
                mechanism.mechanism = ck::CKM_RSA_PKCS;
                list.C_DecryptInit.expect("C_DecryptInit")(session, &raw mut mechanism, 0x34);
                let decrypt = list.C_Decrypt.expect("C_Decrypt");
                let (data, room) = (data.as_mut_ptr(), room.as_mut_ptr());
                let answer = decrypt(session, data, data_length, room, &raw mut count);
                note(seen, "C_Decrypt, short", answer);
            }
            2 => {
                let mut attribute = ck::CK_ATTRIBUTE {
                    type_: pool.numbers.one_of(&ATTRIBUTES),
                    pValue: room.as_mut_ptr().cast(),
                    ulValueLen: count,
                };
                let object = 0x10 + pool.numbers.below(0x30);
                let value = list.C_GetAttributeValue.expect("C_GetAttributeValue");
                let answer = value(session, object, &raw mut attribute, 1);
                note(seen, "C_GetAttributeValue, short", answer);
            }
            _ => {
                let mut slots = vec![0; length % 9].into_boxed_slice();
                let mut count = slots.len() as ck::CK_ULONG;
                let mechanisms = list.C_GetMechanismList.expect("C_GetMechanismList");
                let answer = mechanisms(0, slots.as_mut_ptr(), &raw mut count);
                note(seen, "C_GetMechanismList, short", answer);
            }
        }
    }
}

fn play(list: &ck::CK_FUNCTION_LIST, seed: u64, calls: u64, pin: &[u8], seen: &Seen) {
    let mut pool = Pool::new(seed);
    for turn in 0..calls {
        if turn % 40 == 0 {
            pool.session = session(list, pin);
        }
        if turn % 3 == 0 {
            short_rooms(list, &mut pool, pin, seen);
        }
        pool.bytes.fill(0xAA);
        let at = pool.numbers.below(NAMES.len() as u64);
        let at = usize::try_from(at).expect("an index");
        let answer = call(list, at, &mut pool);
        note(seen, NAMES[at], answer);
        let mut slot = 0;
        let event = list.C_WaitForSlotEvent.expect("C_WaitForSlotEvent");
        unsafe { event(ck::CKF_DONT_BLOCK, &raw mut slot, core::ptr::null_mut()) };
        // Somebody ends the module while others use it.
        if seed.is_multiple_of(THREADS) && turn % 100 == 99 {
            unsafe {
                list.C_Finalize.expect("C_Finalize")(core::ptr::null_mut());
                list.C_Initialize.expect("C_Initialize")(core::ptr::null_mut());
            }
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, seed, calls, pin] =
        <[String; 4]>::try_from(arguments).expect("MODULE SEED CALLS PIN2");
    let seed: u64 = seed.parse().expect("a seed");
    let calls: u64 = calls.parse().expect("a number of calls");
    // Closed in the end, as applications do.
    let library = unsafe { libloading::Library::new(module) }.expect("the module");
    let list = unsafe {
        let name = b"C_GetFunctionList";
        let function =
            library.get::<unsafe extern "C" fn(*mut *mut ck::CK_FUNCTION_LIST) -> ck::CK_RV>(name);
        let function = function.expect("C_GetFunctionList");
        assert_eq!(function(core::ptr::null_mut()), ck::CKR_ARGUMENTS_BAD);
        let mut list = core::ptr::null_mut();
        assert_eq!(function(&raw mut list), ck::CKR_OK);
        &*list
    };
    let seen = Seen::default();
    // Before the beginning.
    let mut pool = Pool::new(seed);
    for (at, name) in NAMES
        .iter()
        .enumerate()
        .filter(|(_, name)| **name != "C_GetFunctionList")
    {
        let answer = call(list, at, &mut pool);
        assert_eq!(answer, ck::CKR_CRYPTOKI_NOT_INITIALIZED, "{name}");
    }
    let (initialize, finalize) = (list.C_Initialize, list.C_Finalize);
    let begin = || unsafe { initialize.expect("C_Initialize")(core::ptr::null_mut()) };
    assert_eq!(begin(), ck::CKR_OK);
    assert_eq!(begin(), ck::CKR_CRYPTOKI_ALREADY_INITIALIZED);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (seen, pin) = (&seen, pin.as_bytes());
            scope.spawn(move || play(list, seed * THREADS + thread, calls, pin, seen));
        }
    });
    let waiting = thread::spawn(|| unsafe {
        let mut slot = 0;
        list.C_WaitForSlotEvent.expect("C_WaitForSlotEvent")(
            0,
            &raw mut slot,
            core::ptr::null_mut(),
        )
    });
    thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(
        unsafe { finalize.expect("C_Finalize")(core::ptr::null_mut()) },
        ck::CKR_OK
    );
    let waited = waiting.join().expect("no panic");
    assert!([ck::CKR_OK, ck::CKR_CRYPTOKI_NOT_INITIALIZED].contains(&waited));
    for ((name, answer), times) in seen.into_inner().expect("no panic") {
        assert_ne!(
            answer,
            ck::CKR_GENERAL_ERROR,
            "{name}: a panic, or readers that cannot be asked"
        );
        println!("{name}: {answer:#x} {times} times");
    }
}
