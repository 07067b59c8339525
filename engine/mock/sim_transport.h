/*
 * sim_transport - how the simulated API breaks one promise about connections, headers, sizes and time.
 *
 * Belongs to its owner, the server, with whose thread it is used. Holds the exchange whose connection gets bytes later.
 */
#ifndef ENGINE_MOCK_SIM_TRANSPORT_H
#define ENGINE_MOCK_SIM_TRANSPORT_H

#include "engine/http/http_server.h"
#include "engine/mock/sim_api.h"

struct sim_transport {
    enum promise broken;
    char *bulk; /* a body that is too large; NULL: none is needed */
    size_t bulk_size;
    bool was_busy; /* the one response with a bad Retry-After was sent */
    struct http_server_exchange
        *late; /* its client has a response, and gets bytes with the next request */
};

/* -ENOMEM. */
int sim_transport_init(struct sim_transport *transport, enum promise broken);
void sim_transport_fini(struct sim_transport *transport);

/* Is this request one that is never answered, after it was applied? */
bool sim_transport_hangs(const struct sim_transport *transport, const struct sim_request *request);

/* Before the request is handled. True: the exchange has ended, or was deferred, and nothing is to be done. */
bool sim_transport_take(struct sim_transport *transport, struct http_server_exchange *exchange,
                        const struct sim_request *request);

/* Changes the response to a request that was handled. True: it was sent, as above. */
bool sim_transport_respond(struct sim_transport *transport, struct http_server_exchange *exchange,
                           const struct sim_request *request, const struct sim_response *response);

#endif
