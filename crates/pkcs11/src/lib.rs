//! The natural-person certificate of the New eID as a PKCS#11 module (OASIS PKCS #11 v2.40).
//!
//! Applications load `libneweid_pkcs11.so` and find one symbol, [`C_GetFunctionList`]. `docs/pkcs11.md` says how it is installed and
//! configured, and what it does and does not do.
//!
//! | part | what it is |
//! |---|---|
//! | `border` | the functions as C calls them. The only place with `unsafe` |
//! | [`Module`] | what each of them does, in Rust's types |
//! | `slot`, `session`, `object`, `mechanism` | what PKCS#11 speaks of |
//! | `card` | the thread that has the card while something is done with it |
//! | [`Configuration`], [`Readers`], [`Log`] | what surrounds it |

mod border;
mod card;
mod configuration;
mod error;
mod log;
mod mechanism;
mod module;
mod object;
mod readers;
mod session;
mod slot;

pub use border::C_GetFunctionList;
pub use configuration::{Configuration, ConfigurationError, PATH_VARIABLE};
pub use error::{Refusal, Result};
pub use log::Log;
pub use mechanism::Parameters;
pub use module::{Given, Module, Template, TokenInfo};
pub use object::{Attribute, Object};
pub use readers::{Place, Readers};
