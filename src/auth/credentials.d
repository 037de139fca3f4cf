src/auth/credentials.o: src/auth/credentials.c src/auth/credentials.h \
 src/base/secret.h
src/auth/credentials.h:
src/base/secret.h:
