"""Great-circle distance. Roads are longer: pages say that it is the distance as the crow flies."""

from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0088  # mean radius, IUGG 1980


def kilometres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Kilometres between two points in degrees (WGS 84), by the haversine formula on a sphere."""
    phi1, phi2 = radians(lat1), radians(lat2)
    half = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))
