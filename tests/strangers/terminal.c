#include "terminal.h"

#include <stdio.h>
#include <string.h>

#include <eac/ca.h>
#include <eac/objects.h>
#include <eac/ta.h>
#include <openssl/crypto.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

enum { SFI_CARD_SECURITY = 0x1D, TA_NONCE_LENGTH = 8, CA_NONCE_LENGTH = 8 };

/* A certificate of the chain and its steps. */
static const struct {
    const char *file, *select, *verify;
} CHAIN[CHAIN_LENGTH] = {
    {"dv.cvcert", "MSE:Set DST for dv.cvcert", "PSO:VERIFY CERTIFICATE dv.cvcert"},
    {"at.cvcert", "MSE:Set DST for at.cvcert", "PSO:VERIFY CERTIFICATE at.cvcert"},
};

/* ---- what the terminal has ------------------------------------------------------------------- */

bool load(struct file *file, const char *folder, const char *name)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return failed(name, "the folder's name is too long");
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return failed(name, "%s cannot be opened", path);
    file->length = fread(file->bytes, 1, sizeof file->bytes, in);
    bool whole = !ferror(in) && fgetc(in) == EOF;
    fclose(in);
    return (whole && file->length > 0) || failed(name, "%s cannot be read", path);
}

bool open_terminal(struct terminal *terminal, const char *folder)
{
    memset(terminal, 0, sizeof *terminal);
    for (size_t i = 0; i < CHAIN_LENGTH; i++) {
        struct file *file = &terminal->files[i];
        if (!load(file, folder, CHAIN[i].file))
            return false;
        const unsigned char *bytes = file->bytes;
        terminal->chain[i] = CVC_d2i_CVC_CERT(NULL, &bytes, (long)file->length);
        if (terminal->chain[i] == NULL)
            return failed(CHAIN[i].file, "libeac does not take it for a certificate");
    }
    int length = i2d_CVC_CHAT(terminal->chain[CHAIN_LENGTH - 1]->body->chat,
                              &terminal->encoded_chat);
    if (length <= 0)
        return failed("CHAT", "libeac cannot encode it");
    terminal->chat = (struct slice){terminal->encoded_chat, (size_t)length};

    struct file key;
    if (!load(&key, folder, "at.key"))
        return false;
    const unsigned char *bytes = key.bytes;
    terminal->key = d2i_AutoPrivateKey(NULL, &bytes, (long)key.length);
    OPENSSL_cleanse(&key, sizeof key);
    return terminal->key != NULL || failed("at.key", "not a private key");
}

void close_terminal(struct terminal *terminal)
{
    for (size_t i = 0; i < CHAIN_LENGTH; i++)
        CVC_CERT_free(terminal->chain[i]);
    EVP_PKEY_free(terminal->key);
    OPENSSL_free(terminal->encoded_chat);
}

/* ---- Terminal Authentication ----------------------------------------------------------------- */

bool inside(const struct file *file, uint8_t second_byte, struct slice *value)
{
    struct slice object = {file->bytes, file->length};
    if (object.length < 2 || object.bytes[0] != 0x7F)
        return false;
    /* From here on it has a tag of one byte. */
    object.bytes++;
    object.length--;
    return take(&object, second_byte, value) && object.length == 0;
}

static bool present_certificate(const struct card *card, const struct terminal *terminal, size_t i)
{
    struct response response;
    struct slice value;
    uint8_t data[MAX_DATA];
    size_t length = 0;
    const ASN1_UTF8STRING *by = terminal->chain[i]->body->certificate_authority_reference;
    const ASN1_UTF8STRING *of = terminal->chain[i]->body->certificate_holder_reference;
    if (!put(data, &length, 0x83, -1, by->data, (size_t)by->length))
        return failed(CHAIN[i].select, "the name cannot be encoded");
    const struct command select = {
        .ins = 0x22, .p1 = 0x81, .p2 = 0xB6, .data = data, .length = length};
    if (!transmit(card, CHAIN[i].select, &select, &response)
        || !expect(CHAIN[i].select, &response, SW_OK))
        return false;

    /* Body and signature, without the 7F21 around them. */
    if (!inside(&terminal->files[i], 0x21, &value))
        return failed(CHAIN[i].verify, "not one 7F21");
    const struct command verify = {
        .ins = 0x2A, .p2 = 0xBE, .data = value.bytes, .length = value.length};
    if (!transmit_in_parts(card, CHAIN[i].verify, &verify))
        return false;
    done("the card has verified %.*s by %.*s", of->length, (const char *)of->data, by->length,
         (const char *)by->data);
    return true;
}

/* A point's compressed form: its x-coordinate. libeac (Comp in eac_util.c) drops leading zeros, so
 * that one key in 256 comes too short; TR-03110-3, A.2.2.3 has the length of the field. Takes
 * libeac's answer, NULL too, and frees it. */
static BUF_MEM *with_leading_zeros(BUF_MEM *compressed, const BUF_MEM *point)
{
    BUF_MEM *result = NULL;
    uint8_t x[MAX_DATA] = {0};
    if (compressed != NULL && point != NULL && point->length > 1) {
        size_t length = (point->length - 1) / 2;
        if (length <= sizeof x && compressed->length <= length) {
            memcpy(x + length - compressed->length, compressed->data, compressed->length);
            result = buffer(x, length);
        }
    }
    BUF_MEM_free(compressed);
    return result;
}

static bool select_key(const struct card *card, const char *step, const struct terminal *terminal,
                       const BUF_MEM *ephemeral, struct slice auxiliary)
{
    struct response response;
    uint8_t data[MAX_DATA];
    size_t length = 0;
    const CVC_CERT_BODY *body = terminal->chain[CHAIN_LENGTH - 1]->body;
    const ASN1_OBJECT *protocol = body->public_key->oid;
    const ASN1_UTF8STRING *name = body->certificate_holder_reference;
    if (!put(data, &length, 0x80, -1, OBJ_get0_data(protocol), OBJ_length(protocol))
        || !put(data, &length, 0x83, -1, name->data, (size_t)name->length)
        || !put(data, &length, 0x91, -1, ephemeral->data, ephemeral->length)
        || auxiliary.length > sizeof data - length)
        return failed(step, "the command cannot be encoded");
    if (auxiliary.length > 0)
        memcpy(data + length, auxiliary.bytes, auxiliary.length);
    length += auxiliary.length;
    const struct command command = {
        .ins = 0x22, .p1 = 0x81, .p2 = 0xA4, .data = data, .length = length};
    return transmit(card, step, &command, &response) && expect(step, &response, SW_OK);
}

static BUF_MEM *get_challenge(const struct card *card)
{
    static const char step[] = "GET CHALLENGE";
    struct response response;
    const struct command command = {.ins = 0x84, .expected = TA_NONCE_LENGTH};
    if (!transmit(card, step, &command, &response) || !expect(step, &response, SW_OK))
        return NULL;
    if (response.length != TA_NONCE_LENGTH) {
        failed(step, "%zu bytes", response.length);
        return NULL;
    }
    BUF_MEM *challenge = buffer(response.data, response.length);
    if (challenge == NULL)
        failed(step, "no memory");
    return challenge;
}

bool authenticate_terminal(const struct card *card, const struct terminal *terminal,
                           struct slice auxiliary)
{
    BUF_MEM *session = NULL, *point = NULL, *ephemeral = NULL, *challenge = NULL, *signature = NULL;
    BUF_MEM *signed_too = NULL;
    bool ok = false;
    EAC_CTX *context = card->channel;
    for (size_t i = 0; i < CHAIN_LENGTH; i++)
        if (!present_certificate(card, terminal, i))
            return false;

    const char *step = "Terminal Authentication";
    if (context->ca_ctx == NULL) {
        failed(step, "EF.CardAccess has no Chip Authentication that libeac can do");
        return false;
    }
    /* libeac's own way to these two is to verify the chain as a card does, from a trust-point that
     * a terminal need not have. */
    if (EVP_PKEY_up_ref(terminal->key) != 1) {
        failed(step, "no memory");
        return false;
    }
    EVP_PKEY_free(context->ta_ctx->priv_key);
    context->ta_ctx->priv_key = terminal->key;
    context->ta_ctx->protocol =
        OBJ_obj2nid(terminal->chain[CHAIN_LENGTH - 1]->body->public_key->oid);

    session = with_leading_zeros(EAC_Comp(context, EAC_ID_PACE, card->pace_key), card->pace_key);
    ephemeral = TA_STEP3_generate_ephemeral_key(context);
    point = CA_STEP2_get_eph_pubkey(context);
    ephemeral = with_leading_zeros(ephemeral, point);
    if (session == NULL || ephemeral == NULL) {
        failed(step, "libeac makes no ephemeral key");
        goto end;
    }
    if (!select_key(card, "Terminal Authentication MSE:Set AT", terminal, ephemeral, auxiliary))
        goto end;
    if (auxiliary.length > 0
        && (signed_too = buffer(auxiliary.bytes, auxiliary.length)) == NULL) {
        failed(step, "no memory");
        goto end;
    }
    challenge = get_challenge(card);
    if (challenge == NULL)
        goto end;

    step = "EXTERNAL AUTHENTICATE";
    signature = TA_STEP4_set_nonce(context, challenge) == 1
        ? TA_STEP5_sign(context, ephemeral, session, signed_too)
        : NULL;
    if (signature == NULL) {
        failed(step, "libeac cannot sign");
        goto end;
    }
    struct response response;
    const struct command command = {
        .ins = 0x82, .data = (const uint8_t *)signature->data, .length = signature->length};
    ok = transmit(card, step, &command, &response) && expect(step, &response, SW_OK);
    if (ok)
        done("Terminal Authentication: %s, the card has verified the signature",
             EAC_OBJ_nid2sn(context->ta_ctx->protocol));
end:
    BUF_MEM_free(session);
    BUF_MEM_free(point);
    BUF_MEM_free(ephemeral);
    BUF_MEM_free(challenge);
    BUF_MEM_free(signature);
    BUF_MEM_free(signed_too);
    return ok;
}

/* ---- Chip Authentication --------------------------------------------------------------------- */

/* The chip's public key, out of EF.CardSecurity. Passive authentication is left out: the test CSCA
 * has a critical private extension, which OpenSSL does not know and so refuses. This walk is about
 * the protocols; that the file is signed by the right one is tested elsewhere. */
static BUF_MEM *chip_key(const struct card *card)
{
    static const char step[] = "EF.CardSecurity";
    struct file file;
    if (!read_file(card, step, SFI_CARD_SECURITY, 0x30, &file))
        return NULL;
    CA_disable_passive_authentication(card->channel);
    BUF_MEM *key = CA_get_pubkey(card->channel, file.bytes, file.length);
    if (key == NULL)
        failed(step, "libeac finds no key of the chip in it");
    else
        done("%s: %zu bytes", step, file.length);
    return key;
}

static bool select_chip_key(const struct card *card, const CA_CTX *ca)
{
    static const char step[] = "Chip Authentication MSE:Set AT";
    struct response response;
    uint8_t data[MAX_DATA];
    size_t length = 0;
    const ASN1_OBJECT *protocol = EAC_OBJ_nid2obj(ca->protocol);
    const uint8_t id = (uint8_t)ca->id;
    if (protocol == NULL
        || !put(data, &length, 0x80, -1, OBJ_get0_data(protocol), OBJ_length(protocol))
        /* libeac's id is -1 where the file has no keyId. */
        || (ca->id >= 0 && !put(data, &length, 0x84, -1, &id, 1)))
        return failed(step, "the command cannot be encoded");
    const struct command command = {
        .ins = 0x22, .p1 = 0x41, .p2 = 0xA4, .data = data, .length = length};
    return transmit(card, step, &command, &response) && expect(step, &response, SW_OK);
}

bool authenticate_chip(const struct card *card)
{
    const char *step = "Chip Authentication GENERAL AUTHENTICATE";
    BUF_MEM *theirs = NULL, *ours = NULL, *nonce = NULL, *token = NULL;
    bool ok = false;
    EAC_CTX *context = card->channel;
    struct response response;
    struct slice dynamic, their_nonce, their_token;

    theirs = chip_key(card);
    if (theirs == NULL || !select_chip_key(card, context->ca_ctx))
        goto end;
    /* The key to which the terminal has committed itself. */
    ours = CA_STEP2_get_eph_pubkey(context);
    if (ours == NULL || CA_STEP4_compute_shared_secret(context, theirs) != 1) {
        failed(step, "libeac cannot use the chip's key");
        goto end;
    }
    if (!general_authenticate(card, step, true, 0x80, ours, &response, &dynamic))
        goto end;
    if (!take(&dynamic, 0x81, &their_nonce) || their_nonce.length != CA_NONCE_LENGTH
        || !take(&dynamic, 0x82, &their_token) || their_token.length != MAC_LENGTH
        || dynamic.length != 0) {
        failed(step, "the card's answer is not a nonce and a token");
        goto end;
    }
    nonce = buffer(their_nonce.bytes, their_nonce.length);
    token = buffer(their_token.bytes, their_token.length);

    step = "Chip Authentication token";
    /* Not 1 may be 0 or -1. */
    if (nonce == NULL || token == NULL || CA_STEP6_derive_keys(context, nonce, token) != 1) {
        failed(step, "the card's token is wrong: it does not have the chip's key");
        goto end;
    }
    /* The counter starts again too. */
    if (EAC_CTX_set_encryption_ctx(context, EAC_ID_CA) != 1) {
        failed(step, "libeac cannot start secure messaging");
        goto end;
    }
    done("Chip Authentication: %s, key %d, token verified, new channel",
         EAC_OBJ_nid2sn(context->ca_ctx->protocol), context->ca_ctx->id);
    ok = true;
end:
    BUF_MEM_free(theirs);
    BUF_MEM_free(ours);
    BUF_MEM_free(nonce);
    BUF_MEM_free(token);
    return ok;
}
