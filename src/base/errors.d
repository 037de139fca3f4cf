src/base/errors.o: src/base/errors.c src/base/errors.h src/base/secret.h
src/base/errors.h:
src/base/secret.h:
