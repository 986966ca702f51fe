#include "pace.h"

#include <stdlib.h>
#include <string.h>

#include <eac/objects.h>
#include <openssl/objects.h>

enum { NONCE_LENGTH = 16 };
enum { SFI_CARD_ACCESS = 0x1C };

static const struct slice NO_CHAT = {NULL, 0};

const struct password CAN = {"CAN", "EAC_CAN", PACE_CAN};
const struct password PIN = {"PIN", "EAC_PIN", PACE_PIN};
const struct password PUK = {"PUK", "EAC_PUK", PACE_PUK};

const struct password *password_named(const char *name)
{
    if (strcmp(name, "can") == 0)
        return &CAN;
    if (strcmp(name, "pin") == 0)
        return &PIN;
    if (strcmp(name, "puk") == 0)
        return &PUK;
    return NULL;
}

bool open_card_access(const struct card *card, struct file *file)
{
    if (!read_file(card, "EF.CardAccess", SFI_CARD_ACCESS, 0x31, file))
        return false;
    done("EF.CardAccess: %zu bytes", file->length);
    return true;
}

/* A context with the card's own parameters. */
static EAC_CTX *pace_context(const struct file *card_access)
{
    static const char step[] = "EF.CardAccess";
    EAC_CTX *context = EAC_CTX_new();
    if (context == NULL) {
        failed(step, "no memory");
        return NULL;
    }
    /* Takes the first PACEInfo that libeac can do; it does not know PACE-CAM and passes over it. */
    if (EAC_CTX_init_ef_cardaccess(card_access->bytes, card_access->length, context) != 1
        || context->pace_ctx == NULL) {
        failed(step, "libeac finds nothing in it that it can do");
        EAC_CTX_clear_free(context);
        return NULL;
    }
    /* Secure messaging above is written for AES, and the mapping shall be the one that every eID
     * card has. (These identifiers are variables, so no switch.) */
    int protocol = context->pace_ctx->protocol;
    if (protocol != NID_id_PACE_ECDH_GM_AES_CBC_CMAC_128
        && protocol != NID_id_PACE_ECDH_GM_AES_CBC_CMAC_192
        && protocol != NID_id_PACE_ECDH_GM_AES_CBC_CMAC_256) {
        failed(step, "%s is not ECDH with generic mapping and AES", EAC_OBJ_nid2sn(protocol));
        EAC_CTX_clear_free(context);
        return NULL;
    }
    return context;
}

/* MSE:Set AT, with the CHAT if there is one. Says the state of the password in its status word. */
static bool select_pace(const struct card *card, const char *step, const PACE_CTX *pace,
                        const struct password *password, struct slice chat,
                        struct response *response)
{
    uint8_t data[MAX_DATA];
    size_t length = 0;
    const ASN1_OBJECT *protocol = EAC_OBJ_nid2obj(pace->protocol);
    const uint8_t reference = (uint8_t)password->reference;
    const uint8_t parameters = (uint8_t)pace->id;
    if (protocol == NULL
        || !put(data, &length, 0x80, -1, OBJ_get0_data(protocol), OBJ_length(protocol))
        || !put(data, &length, 0x83, -1, &reference, 1)
        /* libeac's id is -1 where the PACEInfo has no parameterId. */
        || (pace->id >= 0 && !put(data, &length, 0x84, -1, &parameters, 1)))
        return failed(step, "MSE:Set AT cannot be encoded");
    if (chat.length > sizeof data - length)
        return failed(step, "no room for the CHAT");
    if (chat.length > 0)
        memcpy(data + length, chat.bytes, chat.length);
    length += chat.length;
    const struct command command = {
        .ins = 0x22, .p1 = 0xC1, .p2 = 0xA4, .data = data, .length = length};
    return transmit(card, step, &command, response);
}

/* One step of GENERAL AUTHENTICATE: our object (none in the first step) against the card's, which
 * has to come alone. */
static BUF_MEM *authenticate_step(const struct card *card, const char *step, uint8_t our_tag,
                                  const BUF_MEM *ours, uint8_t their_tag)
{
    struct response response;
    struct slice dynamic, theirs;
    if (!general_authenticate(card, step, false, our_tag, ours, &response, &dynamic))
        return NULL;
    if (!take(&dynamic, their_tag, &theirs) || dynamic.length != 0 || theirs.length == 0) {
        failed(step, "the card's answer is not 7C with %02X alone", their_tag);
        return NULL;
    }
    BUF_MEM *result = buffer(theirs.bytes, theirs.length);
    if (result == NULL)
        failed(step, "no memory");
    return result;
}

/* The last step: our token against the card's, with which a terminal learns whose certificates the
 * card trusts: one or two names (DO 87 and 88). */
static BUF_MEM *exchange_tokens(const struct card *card, const char *step, const BUF_MEM *ours,
                                bool as_terminal)
{
    struct response response;
    struct slice dynamic, theirs, name;
    if (!general_authenticate(card, step, true, 0x85, ours, &response, &dynamic))
        return NULL;
    bool right = take(&dynamic, 0x86, &theirs) && theirs.length == MAC_LENGTH;
    for (uint8_t tag = 0x87; right && as_terminal && tag <= 0x88; tag++)
        if (take(&dynamic, tag, &name))
            done("the card trusts %.*s", (int)name.length, (const char *)name.bytes);
    if (!right || dynamic.length != 0) {
        failed(step, "the card's answer is not 7C with a token%s",
               as_terminal ? " and names" : " alone");
        return NULL;
    }
    BUF_MEM *result = buffer(theirs.bytes, theirs.length);
    if (result == NULL)
        failed(step, "no memory");
    return result;
}

/* The four steps of GENERAL AUTHENTICATE, up to derived keys; the card's ephemeral key. */
static BUF_MEM *run_pace(const struct card *card, EAC_CTX *context, const PACE_SEC *secret,
                         bool as_terminal)
{
    BUF_MEM *nonce = NULL, *our_mapping = NULL, *their_mapping = NULL, *our_key = NULL;
    BUF_MEM *their_key = NULL, *our_token = NULL, *their_token = NULL;
    bool ok = false;
    const char *step = "PACE nonce";
    nonce = authenticate_step(card, step, 0, NULL, 0x80);
    if (nonce == NULL)
        goto end;
    if (nonce->length != NONCE_LENGTH || PACE_STEP2_dec_nonce(context, secret, nonce) != 1) {
        failed(step, "%zu bytes that cannot be decrypted", nonce->length);
        goto end;
    }

    step = "PACE mapping";
    our_mapping = PACE_STEP3A_generate_mapping_data(context);
    if (our_mapping == NULL) {
        failed(step, "no key pair");
        goto end;
    }
    their_mapping = authenticate_step(card, step, 0x81, our_mapping, 0x82);
    if (their_mapping == NULL)
        goto end;
    if (PACE_STEP3A_map_generator(context, their_mapping) != 1) {
        failed(step, "the card's point cannot be used");
        goto end;
    }

    step = "PACE key agreement";
    our_key = PACE_STEP3B_generate_ephemeral_key(context);
    if (our_key == NULL) {
        failed(step, "no key pair");
        goto end;
    }
    their_key = authenticate_step(card, step, 0x83, our_key, 0x84);
    if (their_key == NULL)
        goto end;
    /* libeac refuses here what is not on the curve, and our own key sent back. */
    if (PACE_STEP3B_compute_shared_secret(context, their_key) != 1
        || PACE_STEP3C_derive_keys(context) != 1) {
        failed(step, "the card's key cannot be used");
        goto end;
    }

    /* The card learns first whether the password was right: a wrong one is its status word here. */
    step = "PACE token";
    our_token = PACE_STEP3D_compute_authentication_token(context, their_key);
    if (our_token == NULL) {
        failed(step, "no token");
        goto end;
    }
    their_token = exchange_tokens(card, step, our_token, as_terminal);
    if (their_token == NULL)
        goto end;
    /* Not 1 may be 0 or -1. */
    if (PACE_STEP3D_verify_authentication_token(context, their_token) != 1) {
        failed(step, "the card's token is wrong: it does not know the password");
        goto end;
    }
    ok = true;
end:
    BUF_MEM_free(nonce);
    BUF_MEM_free(our_mapping);
    BUF_MEM_free(their_mapping);
    BUF_MEM_free(our_key);
    BUF_MEM_free(our_token);
    BUF_MEM_free(their_token);
    if (!ok) {
        BUF_MEM_free(their_key);
        their_key = NULL;
    }
    return their_key;
}

bool pace(struct card *card, const struct file *card_access, const struct password *password,
          struct slice chat)
{
    const char *code = getenv(password->variable);
    if (code == NULL || *code == '\0')
        return failed("PACE", "%s is not set", password->variable);
    EAC_CTX *context = pace_context(card_access);
    PACE_SEC *secret = PACE_SEC_new(code, strlen(code), password->reference);
    BUF_MEM *their_key = NULL;
    bool inside = card->channel != NULL;
    bool ok = false;
    struct response selected;
    if (context == NULL)
        goto end;
    if (secret == NULL) {
        failed("PACE", "%s is no password", password->variable);
        goto end;
    }
    if (!select_pace(card, "PACE MSE:Set AT", context->pace_ctx, password, chat, &selected))
        goto end;
    /* 63Cx is no failure: it tells how many tries are left. */
    if (selected.status != SW_OK && (selected.status & 0xFFF0) != 0x63C0) {
        expect("PACE MSE:Set AT", &selected, SW_OK);
        goto end;
    }
    their_key = run_pace(card, context, secret, chat.length > 0);
    if (their_key == NULL)
        goto end;
    if (EAC_CTX_set_encryption_ctx(context, EAC_ID_PACE) != 1) {
        failed("PACE", "libeac cannot start secure messaging");
        goto end;
    }
    done("PACE with the %s: %s, parameters %d, MSE:Set AT %04X, tokens verified%s", password->name,
         EAC_OBJ_nid2sn(context->pace_ctx->protocol), context->pace_ctx->id, selected.status,
         inside ? ", inside the first channel" : "");
    EAC_CTX_clear_free(card->channel);
    BUF_MEM_free(card->pace_key);
    card->channel = context;
    card->pace_key = their_key;
    context = NULL;
    their_key = NULL;
    ok = true;
end:
    PACE_SEC_clear_free(secret);
    EAC_CTX_clear_free(context);
    BUF_MEM_free(their_key);
    return ok;
}

bool pin_state(const struct card *card, const struct file *card_access, unsigned *status)
{
    struct response response;
    EAC_CTX *context = pace_context(card_access);
    bool ok = context != NULL
        && select_pace(card, "PIN state", context->pace_ctx, &PIN, NO_CHAT, &response);
    EAC_CTX_clear_free(context);
    if (ok)
        *status = response.status;
    return ok;
}

bool pin_has_all_tries(struct card *card, const struct file *card_access)
{
    unsigned status;
    EAC_CTX_clear_free(card->channel);
    card->channel = NULL;
    if (!pin_state(card, card_access, &status))
        return false;
    if (status != SW_OK)
        return failed("PIN state", "status word %04X instead of %04X", status, SW_OK);
    done("PIN state: 9000, all tries");
    return true;
}
