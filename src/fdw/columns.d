src/fdw/columns.o: src/fdw/columns.c src/base/closest.h src/fdw/columns.h \
 src/stripe/catalog.h src/fdw/options.h
src/base/closest.h:
src/fdw/columns.h:
src/stripe/catalog.h:
src/fdw/options.h:
