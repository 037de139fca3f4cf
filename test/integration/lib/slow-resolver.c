/*
 * slow-resolver.c
 *		A name service that can be made to keep silent: to be preloaded into the
 *		server (LD_PRELOAD).
 *
 * Names that end in ".slow.test" are 127.0.0.1; they are not resolved as long
 * as the file exists that SLOW_RESOLVER names.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".slow.test"

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			struct addrinfo **result)
{
	int			(*next) (const char *, const char *, const struct addrinfo *, struct addrinfo **) =
		dlsym(RTLD_NEXT, "getaddrinfo");
	const char *file = getenv("SLOW_RESOLVER");

	if (node != NULL && strlen(node) > strlen(SUFFIX) &&
		strcmp(node + strlen(node) - strlen(SUFFIX), SUFFIX) == 0)
	{
		while (file != NULL && access(file, F_OK) == 0)
			usleep(20000);
		node = "127.0.0.1";
	}
	return next(node, service, hints, result);
}
