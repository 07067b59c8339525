#include "tests/support/certificates.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

static const char script[] =
    "exec >openssl.log 2>&1\n"
    "key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"
    "for ca in ca other; do\n"
    "  openssl req -x509 $key -keyout $ca.key -out $ca.pem -subj /CN=$ca -days 2 \\\n"
    "    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign\n"
    "done\n"
    "leaf() {\n"
    "  openssl req $key -keyout $1.key -out $1.csr -subj /CN=$1\n"
    "  echo subjectAltName=IP:$2 >$1.ext\n"
    "  openssl x509 -req -in $1.csr -CA $4.pem -CAkey $4.key -CAcreateserial -days $3 -extfile "
    "$1.ext -out $1.pem\n"
    "}\n"
    "leaf good 127.0.0.1 2 ca\n"
    "leaf fresh 127.0.0.1 2 ca\n"
    "leaf client 127.0.0.1 2 ca\n"
    "leaf stranger 127.0.0.2 2 ca\n"
    "leaf expired 127.0.0.1 -1 ca\n"
    "leaf forged 127.0.0.1 2 other\n"
    "openssl req -x509 $key -keyout self.key -out self.pem -subj /CN=self -days 2 -addext "
    "subjectAltName=IP:127.0.0.1\n";

bool certificates_make(const char *directory)
{
    char command[sizeof script + 256];
    snprintf(command, sizeof command, "set -e\ncd %s\n%s", directory, script);
    return system(command) == 0;
}

void certificates_read(const char *directory, const char *name, const char *suffix,
                       char ret_pem[PEM_SIZE_MAX])
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s.%s", directory, name, suffix);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(ret_pem, 1, PEM_SIZE_MAX - 1, file);
    ret_pem[size] = '\0';
    fclose(file);
}

void certificates_copy(const char *directory, const char *from, const char *to)
{
    char command[512];
    snprintf(command, sizeof command, "cd %s && cp %s.key %s.key && cp %s.pem %s.pem", directory,
             from, to, from, to);
    assert_int_equal(system(command), 0);
}
