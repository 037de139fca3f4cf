src/fdw/explain.o: src/fdw/explain.c src/base/compat.h src/fdw/scan.h \
 src/fdw/bind.h src/fdw/quals.h src/fdw/columns.h src/stripe/catalog.h \
 src/fdw/convert.h src/json/json.h src/fdw/spec.h src/stripe/rowsource.h \
 src/stripe/request.h src/base/secret.h
src/base/compat.h:
src/fdw/scan.h:
src/fdw/bind.h:
src/fdw/quals.h:
src/fdw/columns.h:
src/stripe/catalog.h:
src/fdw/convert.h:
src/json/json.h:
src/fdw/spec.h:
src/stripe/rowsource.h:
src/stripe/request.h:
src/base/secret.h:
