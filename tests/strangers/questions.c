#include "questions.h"

#include "terminal.h"

#include <string.h>

#include <eac/objects.h>
#include <eac/ri.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

enum {
    SW_NO = 0x6300,
    /* The identifier of the key for pseudonyms, in EF.CardSecurity. */
    PSEUDONYM_KEY = 2,
    /* NIST P-256 (TR-03110-3, A.2.1.1). */
    STANDARDIZED_P_256 = 12,
};

/* id-DateOfBirth, 0.4.0.127.0.7.3.1.4.1. */
static const uint8_t DATE_OF_BIRTH[] = {0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x04, 0x01};

bool born_by(struct question *question, const char *date)
{
    uint8_t objects[MAX_DATA], template[MAX_DATA];
    size_t inner = 0, outer = 0;
    question->length = 0;
    return (put(objects, &inner, 0x06, -1, DATE_OF_BIRTH, sizeof DATE_OF_BIRTH)
            && put(objects, &inner, 0x53, -1, date, strlen(date))
            && put(template, &outer, 0x73, -1, objects, inner)
            && put(question->auxiliary, &question->length, 0x67, -1, template, outer))
        || failed("auxiliary data", "they cannot be encoded");
}

bool ask(const struct card *card)
{
    static const char step[] = "VERIFY of the age";
    struct response response;
    uint8_t data[MAX_DATA];
    size_t length = 0;
    if (!put(data, &length, 0x06, -1, DATE_OF_BIRTH, sizeof DATE_OF_BIRTH))
        return failed(step, "the command cannot be encoded");
    const struct command command = {
        .cla = 0x80, .ins = 0x20, .p1 = 0x80, .data = data, .length = length};
    if (!transmit(card, step, &command, &response))
        return false;
    if (response.status != SW_NO && !expect(step, &response, SW_OK))
        return false;
    if (response.length != 0)
        return failed(step, "%zu bytes with the answer", response.length);
    done("old enough: %s", response.status == SW_OK ? "yes" : "no");
    return true;
}

static bool select_pseudonym(const struct card *card)
{
    static const char step[] = "Restricted Identification MSE:Set AT";
    struct response response;
    uint8_t data[MAX_DATA];
    size_t length = 0;
    const uint8_t id = PSEUDONYM_KEY;
    const ASN1_OBJECT *protocol = EAC_OBJ_nid2obj(NID_id_RI_ECDH_SHA_256);
    if (protocol == NULL
        || !put(data, &length, 0x80, -1, OBJ_get0_data(protocol), OBJ_length(protocol))
        || !put(data, &length, 0x84, -1, &id, 1))
        return failed(step, "the command cannot be encoded");
    const struct command command = {
        .ins = 0x22, .p1 = 0x41, .p2 = 0xA4, .data = data, .length = length};
    return transmit(card, step, &command, &response) && expect(step, &response, SW_OK);
}

/* What libeac makes of the other halves of the keys. */
static BUF_MEM *expected_identifier(const struct card *card, const char *folder)
{
    struct file key, point;
    EAC_CTX *context = card->channel;
    if (!load(&key, folder, "sector.key") || !load(&point, folder, "card.point"))
        return NULL;
    const unsigned char *bytes = key.bytes;
    EVP_PKEY *sector = d2i_AutoPrivateKey(NULL, &bytes, (long)key.length);
    OPENSSL_cleanse(&key, sizeof key);
    BUF_MEM *public = buffer(point.bytes, point.length), *identifier = NULL;
    if (sector != NULL && public != NULL
        && EAC_CTX_init_ri(context, NID_id_RI_ECDH_SHA_256, STANDARDIZED_P_256) == 1) {
        EVP_PKEY_free(context->ri_ctx->static_key);
        context->ri_ctx->static_key = sector;
        sector = NULL;
        identifier = RI_STEP2_compute_identifier(context, public);
    }
    EVP_PKEY_free(sector);
    BUF_MEM_free(public);
    if (identifier == NULL)
        failed("pseudonym", "libeac cannot compute it");
    return identifier;
}

bool identify(const struct card *card, const char *folder, const char *path)
{
    static const char step[] = "pseudonym";
    struct file sector;
    struct slice content, dynamic, identifier;
    struct response response;
    if (!load(&sector, folder, "sector"))
        return false;
    if (!inside(&sector, 0x49, &content))
        return failed(step, "sector is not one 7F49");
    if (!select_pseudonym(card))
        return false;
    /* The key's data objects in A0 instead of 7F49. */
    BUF_MEM *ours = buffer(content.bytes, content.length);
    bool ok = ours != NULL
        && general_authenticate(card, step, true, 0xA0, ours, &response, &dynamic);
    BUF_MEM_free(ours);
    if (!ok)
        return false;
    if (!take(&dynamic, 0x81, &identifier) || dynamic.length != 0)
        return failed(step, "the card's answer is not one identifier");
    BUF_MEM *expected = expected_identifier(card, folder);
    ok = expected != NULL && expected->length == identifier.length
        && CRYPTO_memcmp(expected->data, identifier.bytes, identifier.length) == 0;
    BUF_MEM_free(expected);
    if (!ok)
        return failed(step, "not what libeac computes");
    done("%s: %zu bytes, as libeac computes it", step, identifier.length);
    return write_file(step, path, identifier);
}
