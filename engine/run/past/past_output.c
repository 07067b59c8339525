#include "engine/run/past/past_output.h"

#include "engine/base/redacted_stream.h"

#include <string.h>

int past_output_open(const struct config *config, FILE *to, struct past_output *ret_output,
                     struct error *err)
{
    struct past_output output = { .stream = to };
    if (redaction_create_for(config->api.token, &output.redaction))
        return error_no_memory(err);
    if (output.redaction)
        output.stream = redacted_stream_open(output.redaction, to);
    if (!output.stream) {
        redaction_destroy(output.redaction);
        return error_no_memory(err);
    }
    *ret_output = output;
    return 0;
}

void past_output_close(struct past_output *output, struct error *err)
{
    if (!output->redaction)
        return;
    fclose(output->stream);
    if (err)
        redaction_apply(output->redaction, err->msg, strlen(err->msg));
    redaction_destroy(output->redaction);
}
