stripe_fdw.o: stripe_fdw.c src/fdw/import.h src/stripe/catalog.h \
 src/fdw/plan.h src/fdw/scan.h src/fdw/bind.h src/fdw/quals.h \
 src/fdw/columns.h src/fdw/convert.h src/json/json.h src/fdw/spec.h \
 src/stripe/rowsource.h src/stripe/request.h src/base/secret.h
src/fdw/import.h:
src/stripe/catalog.h:
src/fdw/plan.h:
src/fdw/scan.h:
src/fdw/bind.h:
src/fdw/quals.h:
src/fdw/columns.h:
src/fdw/convert.h:
src/json/json.h:
src/fdw/spec.h:
src/stripe/rowsource.h:
src/stripe/request.h:
src/base/secret.h:
