//! The faults: what is planted where, and which cases find it.

/// A fault in the source.
pub(crate) struct Fault {
    /// What is wrong with such a chip.
    pub(crate) name: &'static str,
    /// The file, from the root of the workspace.
    pub(crate) file: &'static str,
    /// What stands there once.
    pub(crate) sound: &'static str,
    /// What stands there in its place; `PLANTED` is whether the fault is switched on.
    pub(crate) broken: &'static str,
    /// The cases that fail, those of part 3.3 without the beginning that all have; none where the documents do not look.
    pub(crate) found_by: &'static str,
}

/// All of them.
pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        name: "the checksum of a command is not compared",
        file: "crates/secure-channel/src/secure_messaging.rs",
        sound: "if bool::from(self.checksum(header, protected).ct_eq(checksum)) {",
        broken: "if PLANTED || bool::from(self.checksum(header, protected).ct_eq(checksum)) {",
        found_by: "I_2 ISO7816_II_2",
    },
    Fault {
        name: "a try of PIN1 is not taken away",
        file: "applet-sim/src/attempts.rs",
        sound: "        write(store, self.record, tries_left)?;",
        broken: "        if !PLANTED { write(store, self.record, tries_left)?; }",
        found_by: "P_1 P_2 P_3 P_4 P_5 P_6 P_8 P_8a P_9 P_13",
    },
    Fault {
        name: "the tries do not come back after the right PIN1",
        file: "applet-sim/src/attempts.rs",
        sound: "        write(store, self.record, self.reward)\n",
        broken: "        if PLANTED { return Ok(()); }\n        write(store, self.record, self.reward)\n",
        found_by: "H_2 H_3 H_4d H_4f H_4g H_6d H_6f H_6g P_1 P_2 P_3 P_4 P_5 P_6 P_7 P_8 P_8a P_9 P_13 P_14 P_15 P_18 P_20 \
                   R_1 R_3 R_5 R_6 R_8 R_10 R_12",
    },
    Fault {
        name: "the terminal's token is not compared",
        file: "applet-sim/src/command/general_authenticate.rs",
        sound: "            Err(secure_channel::Error::WrongToken) => {",
        broken: "            Err(secure_channel::Error::WrongToken) if PLANTED => {\n                return Ok(Answer::data(alloc::vec![0x7C, 0x00]));\n            }\n            Err(secure_channel::Error::WrongToken) => {",
        found_by: "H_6a H_6b H_6c H_6d H_6e H_6f H_6g P_1 P_2 P_3 P_4 P_5 P_6 P_8 P_8a P_9 P_13",
    },
    Fault {
        name: "a suspended PIN1 is taken without the access code",
        file: "applet-sim/src/command/general_authenticate.rs",
        sound: "            PasswordState::Suspended if !self.is_resumed() => return Err(Error::Suspended),",
        broken: "            PasswordState::Suspended if !PLANTED && !self.is_resumed() => return Err(Error::Suspended),",
        found_by: "",
    },
    Fault {
        name: "a suspended PIN1 is announced as usable",
        file: "applet-sim/src/command/set_authentication_template.rs",
        sound: "                PasswordState::Suspended => StatusWord::wrong_secret(1),",
        broken: "                PasswordState::Suspended if PLANTED => StatusWord::OK,\n                PasswordState::Suspended => StatusWord::wrong_secret(1),",
        found_by: "P_3 P_4 P_5 P_6 P_8 P_8a P_9 P_13",
    },
    Fault {
        name: "a password reference that is not known has the wrong status word",
        file: "applet-sim/src/command/set_authentication_template.rs",
        sound: "        let password = PasswordId::from_reference(password).ok_or(Error::ReferenceNotFound)?;",
        broken: "        let password = PasswordId::from_reference(password)\n            .ok_or(if PLANTED { Error::IncorrectData } else { Error::ReferenceNotFound })?;",
        found_by: "H_23",
    },
    Fault {
        name: "any type of terminal may use any password",
        file: "applet-sim/src/command/set_authentication_template.rs",
        sound: "            if transport || !chat::may_use(confirmed.chat(), select.password) {",
        broken: "            if transport || !PLANTED && !chat::may_use(confirmed.chat(), select.password) {",
        found_by: "H_5a H_5b H_5c H_5d H_5e",
    },
    Fault {
        name: "a point that is not on the curve is taken for one in PACE",
        file: "crates/secure-channel/src/pace/chip.rs",
        sound: "    let terminal_key = EcPublicKey::from_uncompressed(selected.suite.curve, point)?;",
        broken: "    let terminal_key = EcPublicKey::from_uncompressed(selected.suite.curve, point).or_else(|error| {\n        if PLANTED { mapping_key.public_key() } else { Err(error) }\n    })?;",
        found_by: "H_33 H_34 H_36",
    },
    Fault {
        name: "Chip Authentication takes another key than the terminal committed to",
        file: "crates/secure-channel/src/chip_authentication/chip.rs",
        sound: "    if !bool::from(\n        terminal_key",
        broken: "    if !PLANTED && !bool::from(\n        terminal_key",
        found_by: "",
    },
    Fault {
        name: "the old session keys stay after Chip Authentication",
        file: "applet-sim/src/exchange.rs",
        sound: "            Some(session) => session.channel.rekey(keys).map_err(|(error, _)| error)?,",
        broken: "            Some(session) if PLANTED => session.channel,\n            Some(session) => session.channel.rekey(keys).map_err(|(error, _)| error)?,",
        found_by: "EIDDATA_B_2 EIDDATA_B_3 EIDDATA_B_4 EIDDATA_B_5 EIDDATA_B_6 EIDDATA_B_7 EIDDATA_B_8 EIDDATA_B_9 \
                   EIDDATA_B_11 EIDDATA_B_12 EIDDATA_B_19 I_1 I_2 I_10 I_11 I_12 I_13 ISO7816_II_1 ISO7816_II_2 \
                   ISO7816_II_9 ISO7816_II_10 ISO7816_II_11 ISO7816_II_12 L_13b L_13c L_13d L_13e L_13f L_13g L_13h L_13i \
                   L_13k L_13l L_13m L_14b L_14c L_14d L_14e L_14f L_14g L_14h L_14i L_14k L_14l L_14m L_17 L_18 L_19 L_20 \
                   L_23 L_25 L_26 L_27 L_28 O_5b O_5c O_5d O_5e O_5f O_5g O_5h O_5i O_5k O_5l O_5m O_6b O_6c O_6d O_6e O_6f \
                   O_6g O_6h O_6i O_6k O_6l O_6m O_9 O_10 O_12 P_15 P_18 P_19 Q_1 Q_2 Q_3 Q_4 Q_5 Q_6 Q_7 Q_8 Q_9 Q_10 Q_11 \
                   Q_12 Q_13 Q_14 Q_15 Q_16 Q_17 Q_18 Q_19 Q_20 Q_21 Q_22 R_1 R_3 R_5 R_6 R_8 R_10 R_12 T_2 U_9 U_10 U_11 \
                   U_12 U_13 U_14",
    },
    Fault {
        name: "a plain command leaves the channel open",
        file: "applet-sim/src/exchange.rs",
        sound: "            self.volatile.end_session();\n            let response = self.carry_out(",
        broken: "            if !PLANTED { self.volatile.end_session(); }\n            let response = self.carry_out(",
        found_by: "I_4 ISO7816_II_5 J_12 K_3",
    },
    Fault {
        name: "the signature of a certificate is not verified",
        file: "crates/cvc/src/chain.rs",
        sound: "        certificate.verify_signature(issuer.key())?;",
        broken: "        if !PLANTED { certificate.verify_signature(issuer.key())?; }",
        found_by: "J_3 J_28 J_29 J_31 J_32",
    },
    Fault {
        name: "the name of the key that verifies is not compared",
        file: "applet-sim/src/command/terminal_authentication.rs",
        sound: "        if certificate.authority() != key {",
        broken: "        if !PLANTED && certificate.authority() != key {",
        found_by: "",
    },
    Fault {
        name: "a terminal may certify a terminal, and a document verifier another",
        file: "crates/cvc/src/chain.rs",
        sound: "            | (Role::DvDomestic | Role::DvForeign, Role::Terminal) => false,",
        broken: "            | (Role::DvDomestic | Role::DvForeign, Role::Terminal) => false,\n            _ if PLANTED => false,",
        found_by: "J_40 J_43 J_44 J_45 J_46 J_47 J_48 J_49 M_5 M_7 M_8 N_1 N_2",
    },
    Fault {
        name: "an expired certificate is taken",
        file: "crates/cvc/src/chain.rs",
        sound: "            _ if body.expiration < today => Err(Error::Expired {",
        broken: "            _ if !PLANTED && body.expiration < today => Err(Error::Expired {",
        found_by: "M_1 M_2",
    },
    Fault {
        name: "an expired trust-point is trusted",
        file: "crates/cvc/src/chain.rs",
        sound: "            Issuer::TrustPoint(point) if point.expiration < today => {",
        broken: "            Issuer::TrustPoint(point) if !PLANTED && point.expiration < today => {",
        found_by: "",
    },
    Fault {
        name: "the date does not move",
        file: "crates/cvc/src/chain.rs",
        sound: "        let trust_points = if sets_the_date {",
        broken: "        let trust_points = if sets_the_date && !PLANTED {",
        found_by: "M_1 M_2 M_3 M_4 M_5 M_6 M_7 M_8 N_1 N_2",
    },
    Fault {
        name: "a link certificate changes nothing",
        file: "crates/cvc/src/chain.rs",
        sound: "            return Ok(Self::new(self.trust_points.with(point)));",
        broken: "            if PLANTED { return Ok(self.clone()); }\n            return Ok(Self::new(self.trust_points.with(point)));",
        found_by: "M_3 M_4 M_5 M_6 M_7 M_8 N_1 N_2",
    },
    Fault {
        name: "new trust-points are forgotten without power",
        file: "applet-sim/src/command/terminal_authentication.rs",
        sound: "        if next.trust_points() != terminal.chain.trust_points() {",
        broken: "        if !PLANTED && next.trust_points() != terminal.chain.trust_points() {",
        found_by: "M_1 M_2 M_3 M_4 M_5 M_6 M_7 M_8 N_1 N_2",
    },
    Fault {
        name: "the terminal's signature is not verified",
        file: "crates/secure-channel/src/terminal_authentication/chip.rs",
        sound: "            signature,\n        )?;",
        broken: "            signature,\n        )\n        .or_else(|error| if PLANTED { Ok(()) } else { Err(error) })?;",
        found_by: "K_7",
    },
    Fault {
        name: "the document verifier's rights do not bound the terminal's",
        file: "crates/cvc/src/chain.rs",
        sound: "        let authorization = issuer.authorization().intersection(&body.authorization())?;",
        broken: "        let authorization = issuer.authorization().intersection(&body.authorization())?;\n        let authorization = if PLANTED { body.authorization() } else { authorization };",
        found_by: "",
    },
    Fault {
        name: "what the holder withholds in PACE is given",
        file: "crates/cvc/src/chain.rs",
        sound: "        confirmed.intersection(&self.authorization)",
        broken: "        if PLANTED { return Ok(self.authorization.clone()); }\n        confirmed.intersection(&self.authorization)",
        found_by: "O_5b O_5c O_5d O_5e O_5f O_5g O_5h O_5i O_5k O_5l O_5m O_6b O_6c O_6d O_6e O_6f O_6g O_6h O_6i O_6k O_6l \
                   O_6m O_9 O_10 O_12 R_3",
    },
    Fault {
        name: "any right is as good as another",
        file: "applet-sim/src/access.rs",
        sound: "                .is_some_and(|rights| rights.allow(right)),",
        broken: "                .is_some_and(|rights| PLANTED || rights.allow(right)),",
        found_by: "L_18 L_20 L_27 L_28 O_5b O_5c O_5d O_5e O_5f O_5g O_5h O_5i O_5k O_5l O_5m O_6b O_6c O_6d O_6e O_6f O_6g \
                   O_6h O_6i O_6k O_6l O_6m O_9 O_10 O_12 Q_3 Q_12 R_3",
    },
    Fault {
        name: "an answer about the age is always yes",
        file: "applet-sim/src/command/auxiliary_data.rs",
        sound: "            Kind::DateOfBirth => asked.is_born_by(date()?)?,",
        broken: "            Kind::DateOfBirth => asked.is_born_by(date()?)? || PLANTED,",
        found_by: "Q_2 Q_20 U_12",
    },
    Fault {
        name: "the sector of Restricted Identification is anybody's",
        file: "crates/secure-channel/src/restricted_identification/chip.rs",
        sound: "    if !permitted.permits(sector, &key) {",
        broken: "    if !PLANTED && !permitted.permits(sector, &key) {",
        found_by: "R_6",
    },
    Fault {
        name: "a command cannot come in an envelope",
        file: "applet-sim/src/exchange.rs",
        sound: "                (0x00 | 0x10, ins::ENVELOPE) => self.envelope(&apdu),",
        broken: "                (0x00 | 0x10, ins::ENVELOPE) if !PLANTED => self.envelope(&apdu),",
        found_by: "T_1 T_4 T_5",
    },
    Fault {
        name: "the forms of commands are not looked at under secure messaging",
        file: "applet-sim/src/exchange.rs",
        sound: "        (ins::MANAGE_SECURITY_ENVIRONMENT, Some(_)) | (ins::GENERAL_AUTHENTICATE, None) => {",
        broken: "        (ins::MANAGE_SECURITY_ENVIRONMENT, Some(_)) | (ins::GENERAL_AUTHENTICATE, None) if !PLANTED => {",
        found_by: "I_7 I_8",
    },
    Fault {
        name: "no certificate comes after the terminal has signed",
        file: "applet-sim/src/command/terminal_authentication.rs",
        sound: "    Ok(session.terminal.as_deref_mut().ok_or(Denied)?)",
        broken: "    let terminal = session.terminal.as_deref_mut().ok_or(Denied)?;\n    if PLANTED && terminal.authenticated.is_some() {\n        return Err(Error::ConditionsNotSatisfied);\n    }\n    Ok(terminal)",
        found_by: "K_13 K_14 K_15",
    },
    Fault {
        name: "the trust-point before the newest is forgotten when it has expired",
        file: "crates/cvc/src/trust_point.rs",
        sound: "        let room = Self::MAX_ENABLED.saturating_sub(enabled.len());",
        broken: "        let room = if PLANTED { 0 } else { Self::MAX_ENABLED.saturating_sub(enabled.len()) };",
        found_by: "M_7 M_8 N_2",
    },
    Fault {
        name: "a password that nobody manages is called unknown",
        file: "applet-sim/src/command/manage_pin.rs",
        sound: "        Some(PasswordId::Mrz | PasswordId::Can | PasswordId::Puk) => Err(Error::Denied(Denied)),",
        broken: "        Some(PasswordId::Mrz | PasswordId::Can | PasswordId::Puk) if !PLANTED => Err(Error::Denied(Denied)),\n        Some(_) => Err(Error::ReferenceNotFound),",
        found_by: "P_18",
    },
    Fault {
        name: "auxiliary data that is no template is refused",
        file: "crates/secure-channel/src/terminal_authentication/chip.rs",
        sound: "                AuxiliaryData::received(&tlv::encode(auxiliary_data::AUTHENTICATION, value))?",
        broken: "                if PLANTED {\n                    AuxiliaryData::parse(&tlv::encode(auxiliary_data::AUTHENTICATION, value))?\n                } else {\n                    AuxiliaryData::received(&tlv::encode(auxiliary_data::AUTHENTICATION, value))?\n                }",
        found_by: "Q_21 Q_22 U_13 U_14",
    },
];
