src/fdw/bind.o: src/fdw/bind.c src/fdw/bind.h src/fdw/quals.h \
 src/fdw/columns.h src/stripe/catalog.h src/stripe/rowsource.h \
 src/json/json.h src/stripe/request.h src/base/secret.h
src/fdw/bind.h:
src/fdw/quals.h:
src/fdw/columns.h:
src/stripe/catalog.h:
src/stripe/rowsource.h:
src/json/json.h:
src/stripe/request.h:
src/base/secret.h:
